import type { FastifyInstance } from 'fastify';
import { UserError } from '../errors.ts';

/** Where a world is played when nobody says otherwise. */
export const DEFAULT_PORT = 3030;

const PORTS_TO_TRY = 20;

/**
 * Starts to listen. A port that the user chose is used or refused; the default one moves on to the next
 * that is free.
 *
 * @returns the port
 */
export async function listen(app: FastifyInstance, host: string, port: number | undefined): Promise<number> {
  const first = port ?? DEFAULT_PORT;
  const attempts = port === undefined ? PORTS_TO_TRY : 1;
  for (let offset = 0; offset < attempts; offset += 1) {
    try {
      await app.listen({ host, port: first + offset });
      const address = app.server.address();
      return typeof address === 'object' && address ? address.port : first + offset;
    } catch (error) {
      if (errorCode(error) !== 'EADDRINUSE') throw explained(error, host, first + offset);
    }
  }
  if (port === undefined) {
    throw new UserError(`ports ${first} to ${first + attempts - 1} are all in use`, 'choose one with --port');
  }
  throw new UserError(`port ${port} is in use`, 'choose another with --port, or leave it out');
}

function explained(error: unknown, host: string, port: number): unknown {
  switch (errorCode(error)) {
    case 'ERR_SOCKET_BAD_PORT':
      return new UserError(`${port} is no port`, 'choose one from 0 to 65535 with --port');
    case 'EACCES':
      return new UserError(
        `port ${port} needs more rights than you have`,
        'choose one above 1023 with --port',
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new UserError(
        `--host ${host} is no address of this machine`,
        'leave it out to play on this machine',
      );
    default:
      return error;
  }
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
