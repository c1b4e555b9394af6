import type { Metric } from './metrics/metric.ts';
import { QUESTIONS } from './metrics/registry.ts';

/** What a metric says of itself. */
type Description = Pick<Metric, 'id' | 'title' | 'question' | 'better' | 'answers' | 'fooledBy'>;

/** Two lines about each metric, under its question: what it answers and which way is better; what fools it. */
export function listText(metrics: readonly Description[]): string {
  const questions = [...new Set(metrics.map(({ question }) => question))];
  return questions
    .map((question) => {
      const entries = metrics
        .filter((metric) => metric.question === question)
        .map(
          ({ id, title, better, answers, fooledBy }) =>
            `  ${id} (${title}): ${answers} Better: ${better}.\n    Fooled by: ${fooledBy}`,
        );
      return [`${QUESTIONS[question]}`, ...entries].join('\n');
    })
    .join('\n\n');
}
