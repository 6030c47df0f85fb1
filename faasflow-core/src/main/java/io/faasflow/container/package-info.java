/**
 * Functions in containers: what a workflow says of them, and the SPI for what runs them. Nothing here
 * knows a container engine.
 */
@org.jspecify.annotations.NullMarked
package io.faasflow.container;
