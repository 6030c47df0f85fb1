/** The command line {@code faasflow}: runs, checks, draws and plans workflows. */
@NullMarked
package io.faasflow.examples.cli;

import org.jspecify.annotations.NullMarked;
