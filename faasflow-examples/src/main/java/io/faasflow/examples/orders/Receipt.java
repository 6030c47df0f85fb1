package io.faasflow.examples.orders;

/**
 * What became of an order. Immutable.
 *
 * @param detail where the parcel is, or why there is none
 */
public record Receipt(String order, boolean shipped, String detail) {}
