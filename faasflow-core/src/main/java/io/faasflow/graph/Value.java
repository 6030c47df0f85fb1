package io.faasflow.graph;

/**
 * The output of a node, as another node reads it.
 *
 * @param level in which graph the node is: 0 this one, 1 the one with the foreach whose body this
 *     is, and so on outwards
 * @param node the node's id there
 */
public record Value(int level, int node) {}
