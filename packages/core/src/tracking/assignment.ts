import { ArgumentError } from '../errors.js';

/** A dense row-major matrix of costs: `data[row * columns + column]`. `Infinity` forbids a pair. */
export interface CostMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

export interface Assignment {
  /** Per row its column, or -1. */
  readonly columnOfRow: Int32Array;
  /** Per column its row, or -1. */
  readonly rowOfColumn: Int32Array;
  /** Sum of the costs of the chosen pairs. */
  readonly cost: number;
}

/**
 * Optimal one-to-one assignment of rows to columns (rectangular linear sum assignment).
 *
 * Without a limit as many pairs as possible are formed and, among those solutions, one of least total cost is
 * returned. With `maxCost` a pair is worth `maxCost - cost`, an unmatched row or column nothing, and the total
 * worth is maximised: no chosen pair then costs more than `maxCost`, but a cheap pair may be given up for two
 * that are worth more together.
 *
 * Shortest augmenting paths with dual variables: Jonker and Volgenant (1987), in the rectangular form of D. F.
 * Crouse, "On implementing 2D rectangular assignment algorithms", IEEE TAES 52(4), 2016. Every row has a private
 * slack column, so that forbidden pairs and surplus rows need no special case. O(rows² · (rows + columns)).
 * Ties go to the lowest index, so equal input gives equal output.
 *
 * @param maxCost finite, or `Infinity` (default) for no limit.
 * @throws ArgumentError when a cost is NaN or -Infinity, or the sizes disagree.
 */
export function linearAssignment(costs: CostMatrix, maxCost = Infinity): Assignment {
  const { rows, columns, data } = costs;
  check(costs, maxCost);
  const slack = Number.isFinite(maxCost) ? maxCost : priceOfNoMatch(costs);
  const width = columns + rows;
  const rowOf = new Int32Array(width).fill(-1);
  const columnOf = new Int32Array(rows).fill(-1);
  const rowDual = new Float64Array(rows);
  const columnDual = new Float64Array(width);
  const distance = new Float64Array(width);
  const parent = new Int32Array(width);
  const done = new Uint8Array(width);
  const visitedRows: number[] = [];

  for (let start = 0; start < rows; start++) {
    distance.fill(Infinity);
    done.fill(0);
    visitedRows.length = 0;
    let row = start;
    let shortest = 0;
    let sink = -1;
    while (sink < 0) {
      visitedRows.push(row);
      let next = -1;
      let nextDistance = Infinity;
      for (let column = 0; column < width; column++) {
        if (done[column]) continue;
        const cost =
          column < columns ? data[row * columns + column] : column - columns === row ? slack : Infinity;
        const reduced = shortest + cost - rowDual[row] - columnDual[column];
        if (reduced < distance[column]) {
          distance[column] = reduced;
          parent[column] = row;
        }
        if (distance[column] < nextDistance) {
          nextDistance = distance[column];
          next = column;
        }
      }
      shortest = nextDistance;
      done[next] = 1;
      if (rowOf[next] < 0) sink = next;
      else row = rowOf[next];
    }
    for (const visited of visitedRows) {
      rowDual[visited] += visited === start ? shortest : shortest - distance[columnOf[visited]];
    }
    for (let column = 0; column < width; column++) {
      if (done[column]) columnDual[column] -= shortest - distance[column];
    }
    // Flip the path: every row on it moves to the column through which it was reached.
    for (let column = sink; ;) {
      const owner = parent[column];
      rowOf[column] = owner;
      const previous = columnOf[owner];
      columnOf[owner] = column;
      if (owner === start) break;
      column = previous;
    }
  }
  return realPairs(costs, columnOf, slack);
}

function realPairs(costs: CostMatrix, columnOf: Int32Array, slack: number): Assignment {
  const columnOfRow = new Int32Array(costs.rows).fill(-1);
  const rowOfColumn = new Int32Array(costs.columns).fill(-1);
  let total = 0;
  for (let row = 0; row < costs.rows; row++) {
    const column = columnOf[row];
    if (column >= costs.columns) continue;
    const cost = costs.data[row * costs.columns + column];
    if (cost > slack) continue;
    columnOfRow[row] = column;
    rowOfColumn[column] = row;
    total += cost;
  }
  return { columnOfRow, rowOfColumn, cost: total };
}

/** More than any rearrangement of the finite costs can save, so that a match is never given up for a saving. */
function priceOfNoMatch({ rows, columns, data }: CostMatrix): number {
  let low = 0;
  let high = 0;
  for (const cost of data) {
    if (cost === Infinity) continue;
    if (cost < low) low = cost;
    if (cost > high) high = cost;
  }
  return high + (high - low) * Math.min(rows, columns) + 1;
}

function check({ rows, columns, data }: CostMatrix, maxCost: number): void {
  if (data.length !== rows * columns) {
    throw new ArgumentError(`cost matrix holds ${data.length} values, not ${rows} x ${columns}`);
  }
  for (const cost of data) {
    if (Number.isNaN(cost) || cost === -Infinity) throw new ArgumentError(`cost matrix holds ${cost}`);
  }
  if (Number.isNaN(maxCost) || maxCost === -Infinity) throw new ArgumentError(`maxCost is ${maxCost}`);
}
