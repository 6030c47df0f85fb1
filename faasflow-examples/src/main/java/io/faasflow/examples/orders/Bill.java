package io.faasflow.examples.orders;

/** What an order costs. Immutable. */
public record Bill(String order, String customer, int cents) {}
