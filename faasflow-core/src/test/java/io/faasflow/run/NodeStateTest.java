package io.faasflow.run;

import static io.faasflow.run.NodeState.CANCELLED;
import static io.faasflow.run.NodeState.COMPLETED;
import static io.faasflow.run.NodeState.EXECUTING;
import static io.faasflow.run.NodeState.FAILED;
import static io.faasflow.run.NodeState.READY;
import static io.faasflow.run.NodeState.SKIPPED;
import static io.faasflow.run.NodeState.WAITING;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NodeStateTest {
  private static final Map<NodeState, Set<NodeState>> MOVES = Map.of(
      WAITING, Set.of(READY, SKIPPED, CANCELLED),
      READY, Set.of(EXECUTING, CANCELLED),
      EXECUTING, Set.of(COMPLETED, FAILED, CANCELLED));

  @ParameterizedTest
  @EnumSource
  void canBecome_anyOtherState_isAsTheTableSays(NodeState state) {
    for (NodeState next : NodeState.values()) {
      assertThat(state.canBecome(next))
          .as("%s to %s", state, next)
          .isEqualTo(MOVES.getOrDefault(state, Set.of()).contains(next));
    }
  }

  @ParameterizedTest
  @EnumSource
  void isTerminal_anyState_isTrueWhereNoMoveIsLeft(NodeState state) {
    assertThat(state.isTerminal()).isEqualTo(!MOVES.containsKey(state));
  }

  @ParameterizedTest
  @EnumSource
  void isTerminal_runStatus_isFalseForRunningOnly(RunStatus status) {
    assertThat(status.isTerminal())
        .isEqualTo(!Set.of(
                RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.COMPENSATING, RunStatus.RECOVERING)
            .contains(status));
  }
}
