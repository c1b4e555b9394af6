import koffi from 'koffi';
import { UserError } from '../../errors.ts';

/** The processes that train one model together. */
export interface Communicator {
  /** Which of them this is, from 0. */
  readonly rank: number;
  readonly size: number;
  /** Replaces the values by their sums over all processes, which all get the same. */
  sum(values: Float32Array): void;
  /** Whether any process says so; all get the same answer. */
  any(said: boolean): boolean;
  /** Waits until all have come here. */
  barrier(): void;
  /** Leaves; the last thing that a process does. */
  close(): void;
}

/** What Open MPI's mpirun tells each process. */
const SIZE = 'OMPI_COMM_WORLD_SIZE';
const LIBRARIES = ['libmpi.so.40', 'libmpi.so', 'libmpi.40.dylib', 'libmpi.dylib'];
const FIX = 'on Debian: apt-get install openmpi-bin libopenmpi3; or name the library in REVERIE_MPI';
/** Fewer than this many floats go in one call: MPI counts in 32-bit integers. */
const MOST = 2 ** 28;

/**
 * Joins the processes that `mpirun -n N` started (Open MPI 4 or later, through its C library), or gives nothing where
 * this process runs alone.
 *
 * @throws UserError when mpirun started it and the library is missing
 */
export function openCommunicator(): Communicator | undefined {
  if (Number(process.env[SIZE] ?? 1) <= 1) {
    // MPICH and Intel MPI have another binary interface: training N times the same would be worse than not at all.
    if (Number(process.env.PMI_SIZE ?? 1) > 1)
      throw new UserError('this mpirun is not that of Open MPI', FIX);
    return undefined;
  }
  const library = loadLibrary();
  const call = (prototype: string, ...args: unknown[]): void => {
    const code: unknown = library.func(prototype)(...args);
    if (code !== 0) throw new Error(`${prototype.split('(')[0]!.replace('int ', '')} failed with ${code}`);
  };
  call('int MPI_Init(void *, void *)', null, null);
  const world: unknown = library.symbol('ompi_mpi_comm_world');
  const float: unknown = library.symbol('ompi_mpi_float');
  const add: unknown = library.symbol('ompi_mpi_op_sum');
  const number = (prototype: string): number => {
    const out = [0];
    call(prototype, world, out);
    return out[0]!;
  };
  const reduce = library.func('int MPI_Allreduce(const float *, float *, int, void *, void *, void *)');
  const sum = (values: Float32Array): void => {
    for (let at = 0; at < values.length; at += MOST) {
      const part = values.subarray(at, at + MOST);
      const code: unknown = reduce(part.slice(), part, part.length, float, add, world);
      if (code !== 0) throw new Error(`MPI_Allreduce failed with ${code}`);
    }
  };
  return {
    rank: number('int MPI_Comm_rank(void *, _Out_ int *)'),
    size: number('int MPI_Comm_size(void *, _Out_ int *)'),
    sum,
    any(said) {
      const votes = Float32Array.of(said ? 1 : 0);
      sum(votes);
      return votes[0]! > 0;
    },
    barrier: () => call('int MPI_Barrier(void *)', world),
    close: () => call('int MPI_Finalize()'),
  };
}

function loadLibrary(): ReturnType<typeof koffi.load> {
  const named = process.env.REVERIE_MPI;
  for (const name of named === undefined ? LIBRARIES : [named]) {
    try {
      return koffi.load(name, { global: true });
    } catch {
      // Not here under this name: the next one.
    }
  }
  throw new UserError(`no MPI library (${named ?? LIBRARIES.join(', ')})`, FIX);
}
