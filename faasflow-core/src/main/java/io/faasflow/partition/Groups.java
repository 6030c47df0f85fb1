package io.faasflow.partition;

import java.util.Arrays;

/** Disjoint sets of numbers that can be united. Not thread-safe. */
final class Groups {
  private final int[] parent;

  Groups(int size) {
    parent = new int[size];
    for (int i = 0; i < size; i++) {
      parent[i] = i;
    }
  }

  int find(int one) {
    int root = one;
    while (parent[root] != root) {
      parent[root] = parent[parent[root]];
      root = parent[root];
    }
    return root;
  }

  /** Unites two sets; the lower of their representatives stands for both from now on. */
  int unite(int a, int b) {
    int low = Math.min(find(a), find(b));
    int high = Math.max(find(a), find(b));
    parent[high] = low;
    return low;
  }

  /** The number of each one's set; sets are numbered in the order of their lowest members. */
  int[] numbered() {
    int[] number = new int[parent.length];
    Arrays.fill(number, -1);
    int next = 0;
    for (int i = 0; i < parent.length; i++) {
      int root = find(i);
      if (number[root] < 0) {
        number[root] = next++;
      }
      number[i] = number[root];
    }
    return number;
  }

  static int count(int[] numbered) {
    return Arrays.stream(numbered).max().orElse(-1) + 1;
  }
}
