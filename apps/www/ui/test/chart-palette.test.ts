import { expect } from 'chai';
import { COLORS, PALETTES, colorIndexes } from '../src/chart/palette.js';

/** Mantine's body in both schemes. */
const BACKGROUNDS = { light: '#ffffff', dark: '#242424' } as const;
const LEAST_CONTRAST = 3;
/** In OKLab; two neighbouring shades of one hue of Mantine's are about half as far from each other. */
const LEAST_DISTANCE = 0.12;

describe('colours of series', () => {
  for (const scheme of ['light', 'dark'] as const) {
    it(`are at least twelve that differ from each other and from the background, ${scheme}`, () => {
      const palette = PALETTES[scheme];
      expect(palette).to.have.length(COLORS).and.to.have.length.of.at.least(12);
      for (const color of palette) expect(contrast(color, BACKGROUNDS[scheme]), color).to.be.at.least(LEAST_CONTRAST);
      palette.forEach((color, i) => palette.slice(0, i).forEach((other) => expect(distance(color, other), `${color} and ${other}`).to.be.at.least(LEAST_DISTANCE)));
    });
  }

  it('stay with their label whoever else is there', () => {
    const alone = colorIndexes(['host-a']).get('host-a');
    expect(colorIndexes(['host-a', 'host-b', 'host-c']).get('host-a')).to.equal(alone);
    expect(colorIndexes(['host-c', 'host-b', 'host-a'])).to.deep.equal(colorIndexes(['host-a', 'host-b', 'host-c']));
  });

  it('are all used before one comes twice', () => {
    const labels = Array.from({ length: COLORS }, (_, i) => `host-${i}`);
    expect(new Set(colorIndexes(labels).values()).size).to.equal(COLORS);
    const twice = [...colorIndexes(Array.from({ length: 2 * COLORS }, (_, i) => `host-${i}`)).values()];
    for (let index = 0; index < COLORS; index++) expect(twice.filter((one) => one === index)).to.have.length(2);
  });
});

function linear(color: string): [number, number, number] {
  const channel = (from: number): number => {
    const share = Number.parseInt(color.slice(from, from + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

/** Contrast ratio of WCAG 2. */
function contrast(a: string, b: string): number {
  const [darker = 0, lighter = 0] = [a, b].map((color) => linear(color)).map(([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue).sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

/** Distance in OKLab (https://bottosson.github.io/posts/oklab/). */
function distance(a: string, b: string): number {
  const [p, q] = [oklab(a), oklab(b)];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

function oklab(color: string): [number, number, number] {
  const [red, green, blue] = linear(color);
  const long = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const medium = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const short = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short,
    1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short,
    0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short,
  ];
}
