package io.faasflow.partition;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Lets fewer bytes cross by moving units to where they share most, as long as no run takes longer:
 * many moves at a time, half as many after each failure. Confined to one thread.
 */
final class Descent {
  private record Move(int unit, long gain) {}

  private final UnitSpread spread;
  private final Judgement judgement;
  private Packing packing;
  private final boolean[] refused;

  Descent(PlacementProblem problem, DataGraph data, int[] worker, Judgement judgement) {
    this.judgement = judgement;
    spread = new UnitSpread(problem, Packing.of(data, problem, worker));
    packing = spread.asTheyAre();
    refused = new boolean[packing.graph.size];
  }

  /** Goes down from a placement that the judgement has taken. */
  void run(int tries) {
    int chunk = packing.graph.size;
    List<Move> moves = moves();
    for (int i = 0; i < tries && !moves.isEmpty(); i++) {
      chunk = Math.min(chunk, moves.size());
      Packing next = packing.copy();
      for (Move move : moves.subList(0, chunk)) {
        int to = target(next, move.unit());
        if (to != Packing.NOWHERE) {
          next.move(move.unit(), to);
        }
      }
      if (judgement.offer(spread.nodes(next))) {
        packing = next;
        chunk *= 2;
        moves = moves();
      } else if (chunk == 1) {
        refused[moves.get(0).unit()] = true;
        moves = moves.subList(1, moves.size());
      } else {
        chunk = (chunk + 3) / 4;
      }
    }
  }

  private List<Move> moves() {
    List<Move> moves = new ArrayList<>();
    DataGraph graph = packing.graph;
    for (int u = 0; u < graph.size; u++) {
      int to = refused[u] ? Packing.NOWHERE : target(packing, u);
      if (to != Packing.NOWHERE) {
        moves.add(new Move(u, packing.shared(u, to)));
      }
    }
    moves.sort(Comparator.comparingLong((Move move) -> -move.gain()));
    return moves;
  }

  /** Where a unit, which shares nothing with others of its own worker, would share most. */
  private static int target(Packing packing, int u) {
    DataGraph graph = packing.graph;
    int own = packing.worker[u];
    int best = Packing.NOWHERE;
    long[] shared = packing.sharedBytes(u);
    for (int e = graph.first[u]; e < graph.first[u + 1]; e++) {
      int w = packing.worker[graph.near[e]];
      long gain = shared[w] - shared[own];
      if (w != own
          && gain > 0
          && (best == Packing.NOWHERE || gain > shared[best] - shared[own])
          && packing.fits(u, w)) {
        best = w;
      }
    }
    packing.clearShared(u);
    return best;
  }
}
