package io.faasflow.docker;

import io.faasflow.container.ContainerImage;
import io.faasflow.function.Resources;

/** What containers of one kind have in common: calls with equal ones share containers. Immutable. */
record FunctionSpec(ContainerImage image, Resources resources) {}
