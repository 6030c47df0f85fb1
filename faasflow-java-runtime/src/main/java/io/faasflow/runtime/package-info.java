/** What runs inside of a container that has a Java function. Not for use in a host. */
@org.jspecify.annotations.NullMarked
package io.faasflow.runtime;
