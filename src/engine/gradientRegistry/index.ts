/**
 * Gradients that tfjs lacks, or has wrong: registered with tfjs itself, so that eager and compiled functions get
 * the same.
 */
import './broadcast.ts';
import './convolution.ts';
import './cumulative.ts';
import './einsum.ts';
import './flat.ts';
import './indexing.ts';
import './movement.ts';
