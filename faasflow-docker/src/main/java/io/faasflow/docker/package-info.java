/**
 * Functions in containers of a Docker engine: {@link io.faasflow.docker.DockerBackend} is all that a
 * host needs.
 */
@org.jspecify.annotations.NullMarked
package io.faasflow.docker;
