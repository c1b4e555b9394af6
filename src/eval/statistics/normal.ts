/** Standard deviations of a normal distribution within which 95 % lie, to either side. */
export const Z_95 = 1.959963984540054;
