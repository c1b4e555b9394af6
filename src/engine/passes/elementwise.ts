/** Operators whose elements do not know where they stand. */
export const ELEMENTWISE: ReadonlySet<string> = new Set(
  `Abs Add And Cast Ceil Clip Cos Div Elu Equal Erf Exp Floor Greater GreaterOrEqual LeakyRelu Less LessOrEqual
  Log Max Min Mul Neg Not Or Pow Reciprocal Relu Round Sigmoid Sign Sin Softplus Sqrt Sub Sum Tanh Where`.split(
    /\s+/,
  ),
);
