package agentrm.sciworld;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import scala.Option;
import scala.Some;
import scala.Tuple3;
import scienceworld.goldagent.PathFinder$;
import scienceworld.runtime.AgentInterface;
import scienceworld.runtime.pythonapi.PythonInterface;

/** One state of one ScienceWorld task; many live in one JVM, which has globals that they share. */
final class State {
  /** Answers what is not about a state, and the commands that the inner interface does not know. */
  private static final PythonInterface FRONT = new PythonInterface();
  private static final List<String> SPECIAL = List.of("help", "objects", "task");
  private static final String UNKNOWN =
      "Unknown action.  Type 'help' for a list of actions, and 'objects' for a list of possible"
          + " object referents. ";

  private final String error;
  private final AgentInterface world;
  /** The last id that the simulator gave to an object of this state. */
  private long ids;
  private double score;
  private boolean completed;

  private State(String error, AgentInterface world) {
    this.error = error;
    this.world = world;
  }

  /** The beginning of a variation of a task. */
  static State begin(String task, int variation, String simplifications) {
    FRONT.load(task, variation, simplifications, false);
    State state = new State(FRONT.errorStr(), FRONT.agentInterface().get());
    state.ids = util.UniqueIdentifier$.MODULE$.count();
    return state;
  }

  /** The actions by which the simulator's own solver solves a variation. */
  static List<String> gold(String task, int variation, String simplifications) {
    // It keeps the ways through the building that it once drew at random, and would draw on.
    PathFinder$.MODULE$.precomputedExhaustivePaths().clear();
    FRONT.load(task, variation, simplifications, true);
    return FRONT.getGoldActionSequence();
  }

  /** The variations of a task that a split (train, dev or test) has. */
  static List<String> variations(String task, String split) {
    FRONT.load(task, 0, "", false);
    List<?> found = switch (split) {
      case "train" -> FRONT.getVariationsTrain();
      case "dev" -> FRONT.getVariationsDev();
      case "test" -> FRONT.getVariationsTest();
      default -> throw new IllegalArgumentException("no split is named " + split);
    };
    List<String> numbers = new ArrayList<>();
    found.forEach(each -> numbers.add(each.toString()));
    return numbers;
  }

  static List<String> tasks() {
    return FRONT.getTaskNames();
  }

  /** Another state that goes on as this one does. */
  State copied(Copier copier) {
    State copy = new State(error, (AgentInterface) copier.copy(world));
    copy.ids = ids;
    copy.score = score;
    copy.completed = completed;
    return copy;
  }

  /** Why the simulator could not begin, or nothing. */
  String error() {
    return error;
  }

  String description() {
    return world.getTaskDescription();
  }

  /** In [-1, 1]; negative after a fatal mistake. */
  double score() {
    return score;
  }

  boolean completed() {
    return completed;
  }

  /** How often the world has moved on: most actions let it do so once, a wait more often. */
  int ticks() {
    return world.getCurIterations();
  }

  /**
   * Takes an action as `PythonInterface.step` does, without what that adds for its own log: a
   * look around and the inventory before each step, and the names of all things in view.
   */
  String step(String action, long seed) {
    enter();
    scala.util.Random$.MODULE$.setSeed(seed);
    if (SPECIAL.contains(action.trim().toLowerCase(Locale.ROOT))) {
      FRONT.errorStr_$eq(error);
      return FRONT.step(action);
    }
    Tuple3<?, ?, ?> outcome = world.step(action);
    score = (Double) outcome._2();
    completed = (Boolean) outcome._3();
    leave();
    String observation = (String) outcome._1();
    return observation.isEmpty() ? UNKNOWN : observation;
  }

  String inventory() {
    enter();
    String answer = world.freeActionInventory();
    leave();
    return answer;
  }

  /** The forms of command that there are, sorted. */
  List<String> commands() {
    enter();
    return Arrays.asList(world.getPossibleActions());
  }

  /** The actions on things in view that the simulator takes to be possible, sorted. */
  Collection<String> valid() {
    enter();
    scala.util.Random$.MODULE$.setSeed(0);
    String[] actions = world.getValidActionObjectCombinations();
    leave();
    return new TreeSet<>(Arrays.asList(actions));
  }

  String progress() {
    return world.getGoalProgressStr();
  }

  /** Set what the simulator holds globally to what this state needs. */
  private void enter() {
    util.UniqueIdentifier$.MODULE$.count_$eq(ids);
    main.scala.scienceworld.runtime.SimplifierProcessor$.MODULE$.parseSimplificationStr(
        world.simplificationStr());
    Option<AgentInterface> here = new Some<>(world);
    FRONT.agentInterface_$eq(here);
    FRONT.agent_$eq(new Some<>(world.agent()));
  }

  private void leave() {
    ids = util.UniqueIdentifier$.MODULE$.count();
  }
}
