/** An example: one workflow of a lambda, a Java function in a container, and Python source. */
@org.jspecify.annotations.NullMarked
package io.faasflow.examples.languages;
