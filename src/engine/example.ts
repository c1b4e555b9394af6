import { compileStateful, valueAndGradients } from './index.ts';

/** A model of your own: two layers that learn a function of two numbers by gradient descent. */
const specs = {
  params: { w: { shape: [2, 8] }, v: { shape: [8, 1] } },
  batch: { x: { shape: [4, 2] }, y: { shape: [4, 1] } },
};

export const step = await compileStateful(
  ({ params, batch }) => {
    const { value, gradients } = valueAndGradients(params, ({ w, v }) =>
      batch.x.matMul(w!).tanh().matMul(v!).sub(batch.y).square().mean().asScalar(),
    );
    const [w, v] = (['w', 'v'] as const).map((name) => params[name].sub(gradients[name]!.mul(0.3)));
    return { params: { w: w!, v: v! }, logs: { loss: value } };
  },
  specs,
  ['params'],
);
