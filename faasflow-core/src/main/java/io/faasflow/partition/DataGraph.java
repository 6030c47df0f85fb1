package io.faasflow.partition;

import java.util.Arrays;

/**
 * Who shares how many bytes with whom, without direction: vertices are nodes, or groups of nodes that
 * stay together. Immutable after construction.
 */
final class DataGraph {
  final int size;

  // By vertex.
  final long[] slots;
  final long[] memory;
  final double[] cpus; // the most that any of its nodes declares
  final long[] inner; // bytes on edges between its nodes
  final double[] work; // CPU seconds

  final int[] first; // index into the next two, by vertex; one longer than there are vertices
  final int[] near;
  final long[] bytes;

  private DataGraph(int size, int[] first, int[] near, long[] bytes) {
    this.size = size;
    this.first = first;
    this.near = near;
    this.bytes = bytes;
    slots = new long[size];
    memory = new long[size];
    cpus = new double[size];
    inner = new long[size];
    work = new double[size];
  }

  /** Each node a vertex of its own. */
  static DataGraph of(PlacementProblem problem) {
    int n = problem.nodes;
    int[] first = new int[n + 1];
    int[] near = new int[2 * problem.to.length];
    long[] bytes = new long[near.length];
    int at = 0;
    for (int v = 0; v < n; v++) {
      for (int e = problem.firstIn[v]; e < problem.firstIn[v + 1]; e++) {
        if (problem.inBytes[e] > 0) {
          near[at] = problem.from[e];
          bytes[at++] = problem.inBytes[e];
        }
      }
      for (int e = problem.firstOut[v]; e < problem.firstOut[v + 1]; e++) {
        if (problem.outBytes[e] > 0) {
          near[at] = problem.to[e];
          bytes[at++] = problem.outBytes[e];
        }
      }
      first[v + 1] = at;
    }
    DataGraph graph = new DataGraph(n, first, Arrays.copyOf(near, at), Arrays.copyOf(bytes, at));
    for (int v = 0; v < n; v++) {
      graph.slots[v] = problem.slots[v];
      graph.memory[v] = problem.memory[v];
      graph.cpus[v] = problem.declaredCpus[v];
      graph.work[v] = problem.work(v);
    }
    return graph;
  }

  /**
   * Makes groups vertices. Linear.
   *
   * @param group the group of each vertex
   * @param groups how many there are
   */
  DataGraph contract(int[] group, int groups) {
    int[] start = new int[groups + 1];
    for (int v = 0; v < size; v++) {
      start[group[v] + 1]++;
    }
    for (int g = 0; g < groups; g++) {
      start[g + 1] += start[g];
    }
    int[] members = new int[size];
    int[] at = Arrays.copyOf(start, groups);
    for (int v = 0; v < size; v++) {
      members[at[group[v]]++] = v;
    }
    int[] newFirst = new int[groups + 1];
    int[] newNear = new int[near.length];
    long[] newBytes = new long[near.length];
    long[] twiceInner = new long[groups];
    int[] slot = new int[groups]; // where a neighbour is in newNear, if it belongs to this group
    Arrays.fill(slot, -1);
    int end = 0;
    for (int g = 0; g < groups; g++) {
      int begin = end;
      for (int i = start[g]; i < start[g + 1]; i++) {
        int v = members[i];
        for (int e = first[v]; e < first[v + 1]; e++) {
          int other = group[near[e]];
          if (other == g) {
            twiceInner[g] += bytes[e];
          } else if (slot[other] >= begin) {
            newBytes[slot[other]] += bytes[e];
          } else {
            slot[other] = end;
            newNear[end] = other;
            newBytes[end++] = bytes[e];
          }
        }
      }
      newFirst[g + 1] = end;
    }
    DataGraph coarse =
        new DataGraph(groups, newFirst, Arrays.copyOf(newNear, end), Arrays.copyOf(newBytes, end));
    for (int v = 0; v < size; v++) {
      int g = group[v];
      coarse.slots[g] += slots[v];
      coarse.memory[g] = sum(coarse.memory[g], memory[v]);
      coarse.cpus[g] = Math.max(coarse.cpus[g], cpus[v]);
      coarse.inner[g] += inner[v];
      coarse.work[g] += work[v];
    }
    for (int g = 0; g < groups; g++) {
      coarse.inner[g] += twiceInner[g] / 2;
    }
    return coarse;
  }

  /** The sum of two sizes, which are 0 or more; the largest number if it does not fit. */
  static long sum(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  /** Vertices that neither take anything of a worker nor share data, such as start and end. */
  boolean isFree(int v) {
    return first[v] == first[v + 1]
        && slots[v] == 0
        && memory[v] == 0
        && cpus[v] == 0
        && work[v] == 0;
  }
}
