import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Java's side of the bench `java`: answers a line "ROW SIZE MILLISECONDS" with the nanoseconds of one operation.
 *
 * Whoever asks has both sides take turns. The collections of a size are made when it is first asked for.
 */
public final class CopyOnWrite {
    /** How many lookups there are between two looks at the clock. */
    private static final int CALLS = 256;

    /** So many changes are made and taken back in turns, where they do not take long by themselves. */
    private static final int CHANGES = 8;
    private static final long LONG = 50_000;

    /** How many elements and keys are asked for, in turns. */
    private static final int SAMPLE = 1 << 13;

    /** What the operations return goes here, or they would be optimised away. */
    private static volatile long sink;

    private final CopyOnWriteArrayList<Long> list;
    private volatile HashMap<Long, Long> map;
    private final int[] indices = new int[SAMPLE];
    private final Long[] keys = new Long[SAMPLE];
    private final Long[] newKeys = new Long[1 << 12];
    private int next;

    private CopyOnWrite(int size) {
        Random random = new Random(9);
        // All at once: one by one, each would copy those before it.
        List<Long> elements = new ArrayList<>();
        HashMap<Long, Long> entries = new HashMap<>();
        for (int i = 0; i < size; i++) {
            elements.add(random.nextLong() >>> 32);
            entries.put(key(i), (long) i);
        }
        list = new CopyOnWriteArrayList<>(elements);
        map = entries;
        Arrays.setAll(indices, i -> random.nextInt(size));
        Arrays.setAll(keys, i -> key(random.nextInt(size)));
        Arrays.setAll(newKeys, i -> key(size + i));
    }

    private static long key(long n) {
        return n * 0x9E3779B97F4A7C15L;
    }

    public static void main(String[] arguments) throws IOException {
        HashMap<Integer, CopyOnWrite> sizes = new HashMap<>();
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            String[] words = line.split(" ");
            CopyOnWrite subject = sizes.computeIfAbsent(Integer.valueOf(words[1]), CopyOnWrite::new);
            System.out.println(subject.measure(words[0], Long.parseLong(words[2]) * 1_000_000));
        }
    }

    private double measure(String row, long span) {
        switch (row) {
            case "iterate":
                return reads(span, 1, this::iterate) / list.size();
            case "get":
                return reads(span, CALLS, () -> list.get(indices[next++ & (SAMPLE - 1)]));
            case "push":
                return changes(span, i -> list.add(0L), i -> list.remove(list.size() - 1));
            case "insert":
                int middle = list.size() / 2;
                return changes(span, i -> list.add(middle, 0L), i -> list.remove(middle));
            case "lookup":
                return reads(span, CALLS, () -> map.get(keys[next++ & (SAMPLE - 1)]));
            case "put":
                return changes(span, i -> put(newKeys[i]), i -> remove(newKeys[i]));
            default:
                throw new IllegalArgumentException(row);
        }
    }

    private long iterate() {
        long mixed = 0;
        for (long element : list) {
            mixed = Long.rotateLeft(mixed, 5) ^ element;
        }
        return mixed;
    }

    private synchronized void put(Long key) {
        HashMap<Long, Long> copy = new HashMap<>(map);
        copy.put(key, 0L);
        map = copy;
    }

    private synchronized void remove(Long key) {
        HashMap<Long, Long> copy = new HashMap<>(map);
        copy.remove(key);
        map = copy;
    }

    private interface Read {
        long read();
    }

    private interface Change {
        void change(int nth);
    }

    private static double reads(long span, int calls, Read read) {
        long start = System.nanoTime();
        long elapsed;
        double count = 0;
        long sum = 0;
        do {
            for (int i = 0; i < calls; i++) {
                sum += read.read();
            }
            count += calls;
            elapsed = System.nanoTime() - start;
        } while (elapsed < span);
        sink = sum;
        return elapsed / count;
    }

    private double changes(long span, Change there, Change back) {
        long start = System.nanoTime();
        long elapsed = 0;
        double count = 0;
        int many = 1;
        do {
            int first = Math.floorMod(next, newKeys.length - CHANGES);
            next += many;
            long before = System.nanoTime();
            for (int i = 0; i < many; i++) {
                there.change(first + i);
            }
            long took = System.nanoTime() - before;
            elapsed += took;
            count += many;
            for (int i = 0; i < many; i++) {
                back.change(first + i);
            }
            many = took / many > LONG ? 1 : CHANGES;
        } while (System.nanoTime() - start < span);
        return elapsed / count;
    }
}
