package io.faasflow.engine;

import java.util.Map;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * Which runs of other workers are over, so that a late message does not begin them again.
 *
 * <p>Every home numbers its runs and says, with the end of each, below which number all of them have
 * ended; so only the ends above that number are kept one by one: as many as runs ended while the
 * oldest active one ran.
 */
final class EndedRuns {
  private static final class Home {
    final NavigableSet<Long> ended = new ConcurrentSkipListSet<>();
    volatile long below;
  }

  private final Map<String, Home> homes = new ConcurrentHashMap<>();

  void add(RunRef run, long endedBelow) {
    Home home = homes.computeIfAbsent(run.home(), any -> new Home());
    home.ended.add(run.sequence());
    synchronized (home) {
      if (endedBelow > home.below) {
        home.below = endedBelow;
        home.ended.headSet(endedBelow).clear();
      }
    }
  }

  boolean contains(RunRef run) {
    Home home = homes.get(run.home());
    return home != null && (home.ended.contains(run.sequence()) || run.sequence() < home.below);
  }

  /** How many ends are kept one by one. */
  int size() {
    return homes.values().stream().mapToInt(home -> home.ended.size()).sum();
  }
}
