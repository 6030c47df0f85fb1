package io.faasflow.examples.generated;

import io.faasflow.workflow.DataRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Where a value comes from, as far as a definition says. Immutable. Compared by identity: sources
 * lead to each other, and a comparison by content could run along the whole workflow.
 */
abstract class Source {
  private Source() {}

  /** Made by a generated function, or given to the run. */
  static final class Made extends Source {
    final Shape shape;

    Made(Shape shape) {
      this.shape = shape;
    }
  }

  /** The list of what the instances of a foreach give. */
  static final class EachOf extends Source {
    final Source instance;

    EachOf(Source instance) {
      this.instance = instance;
    }
  }

  /** Values by name. */
  static final class ByName extends Source {
    final Map<String, Source> sources;

    ByName(Map<String, Source> sources) {
      this.sources = sources;
    }
  }

  /** One of several, nobody knows which. */
  static final class OneOf extends Source {
    final List<Source> sources;

    OneOf(List<Source> sources) {
      this.sources = List.copyOf(sources);
    }
  }

  /** A place in another value. */
  static final class At extends Source {
    final Source whole;
    final List<DataRef.Segment> path;

    At(Source whole, List<DataRef.Segment> path) {
      this.whole = whole;
      this.path = List.copyOf(path);
    }
  }

  /** Java code or a constant: it is what it is. */
  static final class Given extends Source {
    static final Given INSTANCE = new Given();

    private Given() {}
  }

  /** An element of this, which is a list. */
  Source element() {
    return new At(this, List.of(new DataRef.Each()));
  }

  static List<DataRef.Segment> join(List<DataRef.Segment> path, List<DataRef.Segment> more) {
    List<DataRef.Segment> longer = new ArrayList<>(path);
    longer.addAll(more);
    return longer;
  }
}
