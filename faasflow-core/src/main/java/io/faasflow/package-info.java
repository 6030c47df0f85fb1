/**
 * FaaSFlow for Java: workflows of functions, run in the host's own JVM. Begin with {@link
 * io.faasflow.FaasFlow}.
 */
@NullMarked
package io.faasflow;

import org.jspecify.annotations.NullMarked;
