package io.faasflow.engine;

/** A lane of a foreach that has stood back for other work; goes on with the next item. */
final class Lane extends SingleWork {
  private static final long serialVersionUID = 1L;

  private final transient Loop loop;

  Lane(Loop loop) {
    this.loop = loop;
  }

  @Override
  void run(int piece, Drainer drainer) {
    int item = loop.next();
    if (item >= 0) {
      loop.run(item, drainer);
    }
  }
}
