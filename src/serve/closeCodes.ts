/** Close codes of the WebSocket protocol that the server uses; the page reads them, so no zod in this file. */
export const CLOSE = { goingAway: 1001, badMessage: 1008, failed: 1011, full: 1013 } as const;
