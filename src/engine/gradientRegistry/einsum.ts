import * as tf from '@tensorflow/tfjs';

// A product of sums is linear in each operand: its gradient is the product of dy and the other operand, with the
// letters of result and operand exchanged.
tf.registerGradient({
  kernelName: 'Einsum',
  saveAllInputs: true,
  gradFunc(dy, saved, attributes) {
    const { equation } = attributes as unknown as tf.EinsumAttrs;
    const [left, result] = equation.replaceAll(' ', '').split('->') as [string, string];
    const terms = left.split(',');
    return Object.fromEntries(
      saved.map((operand, index) => {
        const other = saved.length === 2 ? 1 - index : undefined;
        const factor = other === undefined ? undefined : { term: terms[other]!, tensor: saved[other]! };
        return [index, () => gradient(dy as tf.Tensor, result, terms[index]!, operand.shape, factor)];
      }),
    );
  },
});

function gradient(
  dy: tf.Tensor,
  result: string,
  term: string,
  shape: number[],
  factor?: { readonly term: string; readonly tensor: tf.Tensor },
): tf.Tensor {
  const known = result + (factor?.term ?? '');
  const kept = [...term].filter((letter) => known.includes(letter)).join('');
  const found = contract();
  // What only this operand has was summed up: every element gets the same gradient.
  const sides = shape.map((side, axis) => (known.includes(term[axis]!) ? side : 1));
  return found.reshape(sides).mul(tf.ones(shape));

  function contract(): tf.Tensor {
    if (!factor) return result === '' ? dy : tf.einsum(`${result}->${kept}`, dy);
    if (result !== '') return tf.einsum(`${result},${factor.term}->${kept}`, dy, factor.tensor);
    return tf.einsum(`${factor.term}->${kept}`, factor.tensor).mul(dy);
  }
}
