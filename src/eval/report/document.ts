import { escapeHtml } from '../../html.ts';
import { STYLESHEET } from './stylesheet.ts';

/**
 * A page that needs no other file and no network.
 *
 * @param title as plain text
 * @param body as HTML
 */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLESHEET}</style>
</head>
<body>
${body}
</body>
</html>
`;
}
