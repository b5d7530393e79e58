package agentrm.sciworld;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jdk.internal.misc.Unsafe;

/**
 * Copies everything that an object refers to, array by array and field by field, so that a copy
 * behaves as the original does, down to the order in which its hash sets list their elements.
 *
 * <p>What cannot change (strings, numbers, Scala's singletons) is shared. Objects that were met
 * before are found by their address, since this JVM runs with one identity hash for all. Only a
 * garbage collection moves objects, so an attempt that one fell into is thrown away.
 */
final class Copier {
  private static final Unsafe UNSAFE = Unsafe.getUnsafe();
  private static final long FIRST = layout("arrayBaseOffset");
  private static final long SCALE = layout("arrayIndexScale");
  private static final int ATTEMPTS = 20;

  private final List<GarbageCollectorMXBean> collectors =
      ManagementFactory.getGarbageCollectorMXBeans();
  private final Map<String, Plan> plans = new HashMap<>();
  private final Object[] holder = new Object[1];

  private Object[] originals = new Object[1 << 14];
  private Object[] copies = new Object[1 << 14];
  private int met;

  /** Open addressing: a key is an object's address, its value the number under which it was met. */
  private int[] keys = new int[1 << 16];
  private int[] numbers = new int[1 << 16];
  private int[] rounds = new int[1 << 16];
  private int round;

  Copier() {
    if (SCALE != 4) {
      throw new IllegalStateException("references must have 32 bits: a heap of less than 32 GB");
    }
  }

  /** A number of the layout of arrays: an int up to Java 24, and a long since. */
  private static long layout(String name) {
    try {
      Object number = Unsafe.class.getMethod(name, Class.class).invoke(UNSAFE, Object[].class);
      return ((Number) number).longValue();
    } catch (ReflectiveOperationException unknown) {
      throw new IllegalStateException(unknown);
    }
  }

  /** A copy of `root` and of all that it refers to. */
  Object copy(Object root) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long before = collections();
      Object copied = attempt(root);
      forget();
      if (collections() == before) {
        return copied;
      }
    }
    throw new IllegalStateException("each of " + ATTEMPTS + " copies met a garbage collection");
  }

  /** How many objects the last copy was made of. */
  int size() {
    return met;
  }

  private Object attempt(Object root) {
    round++;
    met = 0;
    Object copied = copyOf(root);
    for (int next = 0; next < met; next++) {
      fill(originals[next], copies[next]);
    }
    return copied;
  }

  /** Let the collector have what only this copier still refers to. */
  private void forget() {
    java.util.Arrays.fill(originals, 0, met, null);
    java.util.Arrays.fill(copies, 0, met, null);
    holder[0] = null;
  }

  private long collections() {
    long count = 0;
    for (GarbageCollectorMXBean collector : collectors) {
      count += collector.getCollectionCount();
    }
    return count;
  }

  /** The copy that stands for `original`: itself where it is shared, else an object to be filled. */
  private Object copyOf(Object original) {
    if (original == null) {
      return null;
    }
    Plan plan = planOf(original);
    if (plan.shared) {
      return original;
    }
    holder[0] = original;
    int address = UNSAFE.getInt(holder, FIRST);
    int mask = keys.length - 1;
    int slot = (address * 0x9E3779B9 >>> 7) & mask;
    while (rounds[slot] == round) {
      if (keys[slot] == address) {
        return copies[numbers[slot]];
      }
      slot = (slot + 1) & mask;
    }
    Object copied = plan.blank(original);
    keys[slot] = address;
    numbers[slot] = met;
    rounds[slot] = round;
    remember(original, copied);
    return copied;
  }

  private void remember(Object original, Object copied) {
    if (met == originals.length) {
      originals = java.util.Arrays.copyOf(originals, 2 * met);
      copies = java.util.Arrays.copyOf(copies, 2 * met);
    }
    originals[met] = original;
    copies[met] = copied;
    met++;
    if (2 * met > keys.length) {
      grow();
    }
  }

  private void grow() {
    int[] oldKeys = keys;
    int[] oldNumbers = numbers;
    int[] oldRounds = rounds;
    keys = new int[2 * oldKeys.length];
    numbers = new int[keys.length];
    rounds = new int[keys.length];
    int mask = keys.length - 1;
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldRounds[i] != round) {
        continue;
      }
      int slot = (oldKeys[i] * 0x9E3779B9 >>> 7) & mask;
      while (rounds[slot] == round) {
        slot = (slot + 1) & mask;
      }
      keys[slot] = oldKeys[i];
      numbers[slot] = oldNumbers[i];
      rounds[slot] = round;
    }
  }

  private void fill(Object original, Object copied) {
    if (original instanceof Object[] from) {
      Object[] to = (Object[]) copied;
      for (int i = 0; i < from.length; i++) {
        to[i] = copyOf(from[i]);
      }
      return;
    }
    Plan plan = planOf(original);
    for (long offset : plan.references) {
      UNSAFE.putReference(copied, offset, copyOf(UNSAFE.getReference(original, offset)));
    }
  }

  private Plan planOf(Object object) {
    // By name, because a class as a key would be hashed by identity, which is the same for all.
    String name = object.getClass().getName();
    Plan plan = plans.get(name);
    if (plan == null) {
      plan = new Plan(object);
      plans.put(name, plan);
    }
    return plan;
  }

  /** How objects of one class are copied. */
  private static final class Plan {
    private static final List<Class<?>> CONSTANT =
        List.of(String.class, Class.class, Number.class, Boolean.class, Character.class,
            Enum.class, java.util.regex.Pattern.class);

    final Class<?> type;
    final boolean shared;
    final long[] references;
    private final long[] words;
    private final long[] ints;
    private final long[] shorts;
    private final long[] bytes;

    Plan(Object example) {
      type = example.getClass();
      List<Long> references = new ArrayList<>();
      List<Long> words = new ArrayList<>();
      List<Long> ints = new ArrayList<>();
      List<Long> shorts = new ArrayList<>();
      List<Long> bytes = new ArrayList<>();
      for (Class<?> each = type; each != null; each = each.getSuperclass()) {
        for (Field field : each.getDeclaredFields()) {
          if (!Modifier.isStatic(field.getModifiers())) {
            Class<?> of = field.getType();
            List<Long> into =
                !of.isPrimitive() ? references
                    : of == long.class || of == double.class ? words
                        : of == int.class || of == float.class ? ints
                            : of == short.class || of == char.class ? shorts : bytes;
            into.add(UNSAFE.objectFieldOffset(field));
          }
        }
      }
      this.references = array(references);
      this.words = array(words);
      this.ints = array(ints);
      this.shorts = array(shorts);
      this.bytes = array(bytes);
      shared = !type.isArray() && (isConstant() || isSingleton(example) || isFunction());
    }

    /** A new object with the original's numbers in it, and no references yet. */
    Object blank(Object original) {
      if (type.isArray()) {
        int length = Array.getLength(original);
        Object copied = Array.newInstance(type.getComponentType(), length);
        if (type.getComponentType().isPrimitive()) {
          System.arraycopy(original, 0, copied, 0, length);
        }
        return copied;
      }
      Object copied;
      try {
        copied = UNSAFE.allocateInstance(type);
      } catch (InstantiationException impossible) {
        throw new IllegalStateException(impossible);
      }
      for (long offset : words) {
        UNSAFE.putLong(copied, offset, UNSAFE.getLong(original, offset));
      }
      for (long offset : ints) {
        UNSAFE.putInt(copied, offset, UNSAFE.getInt(original, offset));
      }
      for (long offset : shorts) {
        UNSAFE.putShort(copied, offset, UNSAFE.getShort(original, offset));
      }
      for (long offset : bytes) {
        UNSAFE.putByte(copied, offset, UNSAFE.getByte(original, offset));
      }
      return copied;
    }

    private boolean isConstant() {
      return CONSTANT.stream().anyMatch(each -> each.isAssignableFrom(type));
    }

    /** Whether it is the one object of a Scala `object`. */
    private boolean isSingleton(Object example) {
      if (!type.getName().endsWith("$")) {
        return false;
      }
      try {
        Field only = type.getField("MODULE$");
        return UNSAFE.getReference(UNSAFE.staticFieldBase(only), UNSAFE.staticFieldOffset(only))
            == example;
      } catch (NoSuchFieldException none) {
        return false;
      }
    }

    /** Whether it is a function that holds nothing; one that does cannot be copied faithfully. */
    private boolean isFunction() {
      if (!type.isHidden()) {
        return false;
      }
      if (references.length > 0) {
        throw new IllegalStateException("a state holds " + type.getName() + ", with references");
      }
      return true;
    }

    private static long[] array(List<Long> offsets) {
      return offsets.stream().mapToLong(Long::longValue).toArray();
    }
  }
}
