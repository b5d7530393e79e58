package agentrm.sciworld;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Answers requests about ScienceWorld's states over its standard input and output.
 *
 * <p>A request and a reply are lists of strings: the length in bytes of all that follows, the
 * number of strings, and each one's length before its UTF-8, as big-endian ints. A reply begins
 * with `ok`, `lost` (no such state any more) or `error`. States have numbers, of which none comes
 * twice; those used least recently are dropped. The process ends with its input.
 */
public final class Simulator {
  private final int capacity;
  private final Copier copier = new Copier();
  private final Map<Long, State> states = new LinkedHashMap<>(16, 0.75f, true);
  private long last;

  private Simulator(int capacity) {
    this.capacity = capacity;
  }

  /** `arguments` has the number of states that are kept. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    DataInputStream requests =
        new DataInputStream(new BufferedInputStream(new FileInputStream(FileDescriptor.in)));
    DataOutputStream replies =
        new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
    // The simulator reports everything it does on its standard output.
    PrintStream silence = new PrintStream(OutputStream.nullOutputStream());
    System.setOut(silence);
    Simulator simulator = new Simulator(Integer.parseInt(arguments[0]));
    BlockingQueue<List<String>> queue = new LinkedBlockingQueue<>();
    Thread listener = new Thread(() -> listen(requests, queue));
    listener.setDaemon(true);
    listener.start();
    while (true) {
      write(replies, simulator.reply(queue.take()));
    }
  }

  /** Ends the process with its input, even where the simulator hangs. */
  private static void listen(DataInputStream requests, BlockingQueue<List<String>> queue) {
    try {
      while (true) {
        queue.add(read(requests));
      }
    } catch (IOException end) {
      Runtime.getRuntime().halt(0);
    }
  }

  private List<String> reply(List<String> request) {
    List<String> reply = new ArrayList<>();
    try {
      reply.add("ok");
      answer(request, reply);
    } catch (Lost gone) {
      reply = List.of("lost");
    } catch (VirtualMachineError fatal) {
      // Out of memory or of stack: no state can be trusted any more.
      Runtime.getRuntime().halt(70);
    } catch (Throwable problem) {
      reply = List.of("error", problem.toString());
    }
    return reply;
  }

  private void answer(List<String> request, List<String> reply) {
    String call = request.get(0);
    switch (call) {
      case "begin" -> {
        State state = State.begin(request.get(1), integer(request, 2), request.get(3));
        reply.add(state.error());
        reply.add(state.description());
        reply.add(Long.toString(keep(state)));
      }
      case "gold" ->
          reply.addAll(State.gold(request.get(1), integer(request, 2), request.get(3)));
      case "variations" -> reply.addAll(State.variations(request.get(1), request.get(2)));
      case "tasks" -> reply.addAll(State.tasks());
      case "step" -> step(request, reply);
      case "touch" -> find(request);
      case "drop" -> states.remove(Long.parseLong(request.get(1)));
      case "inventory" -> reply.add(find(request).inventory());
      case "commands" -> reply.addAll(find(request).commands());
      case "valid" -> reply.addAll(find(request).valid());
      case "progress" -> reply.add(find(request).progress());
      case "measure" -> measure(reply);
      default -> throw new IllegalArgumentException("no call is named " + call);
    }
  }

  /** `step NUMBER keep|spend SEED ACTION`: a state that is spent becomes the next one. */
  private void step(List<String> request, List<String> reply) {
    State state = find(request);
    if (request.get(2).equals("keep")) {
      state = state.copied(copier);
    } else {
      states.remove(Long.parseLong(request.get(1)));
    }
    reply.add(state.step(request.get(4), Long.parseLong(request.get(3))));
    reply.add(Double.toString(state.score()));
    reply.add(Boolean.toString(state.completed()));
    reply.add(Integer.toString(state.ticks()));
    reply.add(Long.toString(keep(state)));
  }

  private void measure(List<String> reply) {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    reply.add(Integer.toString(states.size()));
    reply.add(Long.toString(runtime.totalMemory() - runtime.freeMemory()));
    reply.add(Integer.toString(copier.size()));
  }

  private long keep(State state) {
    states.put(++last, state);
    if (states.size() > capacity) {
      states.remove(states.keySet().iterator().next());
    }
    return last;
  }

  private State find(List<String> request) {
    State state = states.get(Long.parseLong(request.get(1)));
    if (state == null) {
      throw new Lost();
    }
    return state;
  }

  private static int integer(List<String> request, int index) {
    return Integer.parseInt(request.get(index));
  }

  private static List<String> read(DataInputStream from) throws IOException {
    byte[] whole = new byte[from.readInt()];
    from.readFully(whole);
    ByteBuffer rest = ByteBuffer.wrap(whole);
    List<String> strings = new ArrayList<>();
    for (int left = rest.getInt(); left > 0; left--) {
      byte[] bytes = new byte[rest.getInt()];
      rest.get(bytes);
      strings.add(new String(bytes, StandardCharsets.UTF_8));
    }
    return strings;
  }

  private static void write(DataOutputStream to, List<String> strings) throws IOException {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    DataOutputStream parts = new DataOutputStream(whole);
    parts.writeInt(strings.size());
    for (String string : strings) {
      byte[] bytes = string.getBytes(StandardCharsets.UTF_8);
      parts.writeInt(bytes.length);
      parts.write(bytes);
    }
    to.writeInt(whole.size());
    whole.writeTo(to);
    to.flush();
  }

  private static final class Lost extends RuntimeException {
    private static final long serialVersionUID = 1;
  }
}
