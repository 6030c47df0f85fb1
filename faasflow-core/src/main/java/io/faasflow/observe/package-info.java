/** Seeing what a workflow is and what a run does: events and drawings. */
@NullMarked
package io.faasflow.observe;

import org.jspecify.annotations.NullMarked;
