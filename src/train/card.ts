import type { WorldManifest } from '../world/manifest.ts';

/** The world's card, `README.md` of its folder: what it is, whom to credit, how it was made, how to play it. */
export function worldCard(manifest: WorldManifest): string {
  const { name, description, licence, attribution, frame, fps, actions, sampling, training } = manifest;
  const facts = Object.entries(training).map(([fact, value]) => `| ${words(fact)} | ${value} |`);
  return `# ${name}

${description}

- Licence: ${licence}
${attribution === '' ? '' : `- Attribution: ${attribution}\n`}- Frames: ${frame.width}×${frame.height}, from footage of ${fps} frames a second
- Driven by: ${actions.driven.join(', ')}; keys ${Object.keys(actions.keys).join(', ')}
- ${sampling.steps} denoising passes a frame

Every picture is imagined by the model; no footage is in this folder.

\`\`\`sh
npx reverie play worlds/${name}
\`\`\`

| training | |
|---|---|
${facts.join('\n')}
`;
}

/** `dynamicsSteps` → `dynamics steps`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
