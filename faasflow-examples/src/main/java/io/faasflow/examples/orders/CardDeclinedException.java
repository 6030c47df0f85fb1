package io.faasflow.examples.orders;

/** The card is no good: asking again changes nothing. */
public final class CardDeclinedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** With a reason for the customer. */
  public CardDeclinedException(String reason) {
    super(reason);
  }
}
