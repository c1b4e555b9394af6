/**
 * How a lens maps directions to pixels: radius = (focal / curve) · tan(curve · angle), the angle measured from
 * the optical axis, which is taken to be the middle of the picture.
 *
 * `curve` 1 is the pinhole, 0.5 the stereographic and 0 the equidistant fisheye, so one number covers what
 * phones, dash-cams and action cameras do. (Fleck, "Perspective projection: the wrong imaging model", 1995.)
 */
export interface Lens {
  readonly width: number;
  readonly height: number;
  /** Pixels per radian on the optical axis. */
  readonly focal: number;
  readonly curve: number;
}

/**
 * A lens by its horizontal field of view.
 *
 * @param fieldOfView degrees from the left edge to the right edge
 * @param curve see {@link Lens}
 */
export function lensOf(width: number, height: number, fieldOfView: number, curve: number): Lens {
  const half = (fieldOfView * Math.PI) / 360;
  const focal = curve < 1e-6 ? width / 2 / half : (curve * width) / 2 / Math.tan(curve * half);
  return { width, height, focal, curve };
}

/** The horizontal field of view in degrees. */
export function fieldOfView(lens: Lens): number {
  const reach = lens.width / 2 / lens.focal;
  const half = lens.curve < 1e-6 ? reach : Math.atan(reach * lens.curve) / lens.curve;
  return (half * 360) / Math.PI;
}

/**
 * The unit vector (x right, y down, z forward) that a pixel looks along, and how its pixel moves when the
 * vector changes.
 *
 * @param out nine numbers: the direction, then the two rows of the 2 × 3 derivative of the pixel by direction
 */
export function ray(lens: Lens, pixelX: number, pixelY: number, out: Float64Array): void {
  const x = pixelX - (lens.width - 1) / 2;
  const y = pixelY - (lens.height - 1) / 2;
  const radius = Math.hypot(x, y);
  const { focal, curve } = lens;
  const bent = curve < 1e-6;
  const angle = bent ? radius / focal : Math.atan((radius * curve) / focal) / curve;
  const sine = Math.sin(angle);
  const cosine = Math.cos(angle);
  const alongX = radius > 1e-9 ? x / radius : 1;
  const alongY = radius > 1e-9 ? y / radius : 0;
  out[0] = alongX * sine;
  out[1] = alongY * sine;
  out[2] = cosine;
  // The picture stretches by d radius / d angle along the radius and by radius / sin(angle) across it.
  const radial = bent ? focal : focal / Math.cos(curve * angle) ** 2;
  const across = radius > 1e-9 ? radius / sine : focal;
  out[3] = alongX * alongX * cosine * radial + alongY * alongY * across;
  out[4] = alongX * alongY * cosine * radial - alongX * alongY * across;
  out[5] = -alongX * sine * radial;
  out[6] = alongX * alongY * cosine * radial - alongX * alongY * across;
  out[7] = alongY * alongY * cosine * radial + alongX * alongX * across;
  out[8] = -alongY * sine * radial;
}
