/**
 * The function graph: the DAG that a workflow compiles to, for engines and partitioners. All types
 * here are immutable.
 */
@NullMarked
package io.faasflow.graph;

import org.jspecify.annotations.NullMarked;
