package io.faasflow.store;

import org.jspecify.annotations.Nullable;

/**
 * For stores: a value that workflows make of others, such as the outputs of parallel steps. A store that
 * takes values apart sends the parts, and which of the output's {@linkplain Output#forms forms} it is.
 */
public interface Composite {
  /** How the parts go together. */
  Form form();

  /** The parts, in their order. The array is the caller's. */
  @Nullable
  Object[] parts();

  /** How parts go together. Immutable; compared by identity. */
  interface Form {
    /** A value of this form. Takes the array over. */
    Composite of(@Nullable Object[] parts);
  }
}
