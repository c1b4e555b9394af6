import { FEATURE_METRICS } from '../../src/eval/features/features.ts';
import { METRICS, QUESTIONS, type Question } from '../../src/eval/index.ts';

/** Every metric: what it answers, and what fools it. */
export function metricReference(): string {
  const metrics = [...METRICS, ...FEATURE_METRICS];
  const questions = [...new Set(metrics.map(({ question }) => question))];
  return `# Metrics

Made from the metrics themselves by \`npm run docs\`; \`npx reverie eval --list\` prints the same. Each stands in the report beside four sources that have learned nothing: the last frame copied, its optical flow extrapolated, the autoencoder alone, and the footage itself. Intervals are 95 % bootstrap intervals over clips and seeds, differences between worlds are tested in pairs of equal starts.

${questions.map((question) => section(question, metrics)).join('\n\n')}
`;
}

type Described = Pick<
  (typeof METRICS)[number],
  'id' | 'title' | 'question' | 'better' | 'answers' | 'fooledBy'
>;

function section(question: Question, metrics: readonly Described[]): string {
  const rows = metrics
    .filter((metric) => metric.question === question)
    .map(
      ({ id, title, better, answers, fooledBy }) =>
        `| \`${id}\` | ${title} | ${better} | ${answers} | ${fooledBy} |`,
    );
  return `## ${QUESTIONS[question]}

| id | title | better | what it answers | what fools it |
|---|---|---|---|---|
${rows.join('\n')}`;
}
