import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A platform's files in one bucket, and the program's side of lines.ts: one operation a line, its words separated by tabs,
 * and one answer a line. Keys are those of S3; the key of a folder ends in a slash.
 */
abstract class Files {
  private static final byte[] MEGABYTE = new byte[1024 * 1024];

  static {
    // The reason stands deep in the causes, and the frames above would hide it.
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, error) -> {
          System.err.println(messagesOf(error));
          if (thread.getName().equals("main")) System.exit(1);
        });
  }

  abstract String version();

  abstract OutputStream create(String key, boolean overwrite) throws Exception;

  abstract InputStream open(String key, long from) throws Exception;

  /** What stands directly in a folder. */
  abstract List<String> list(String folder) throws Exception;

  abstract void delete(String key) throws Exception;

  boolean isFolder(String key) throws Exception {
    throw new UnsupportedOperationException("isFolder");
  }

  void makeFolder(String folder) throws Exception {
    throw new UnsupportedOperationException("makeFolder");
  }

  void rename(String from, String to) throws Exception {
    throw new UnsupportedOperationException("rename");
  }

  /** All files below a folder. */
  List<String> tree(String folder) throws Exception {
    List<String> files = new ArrayList<>();
    for (String key : list(folder)) {
      if (key.endsWith("/")) files.addAll(tree(key));
      else files.add(key);
    }
    return files;
  }

  List<String> glob(String pattern) throws Exception {
    throw new UnsupportedOperationException("glob");
  }

  /** Writes a file in parts. */
  void upload(String key, int megabytes) throws Exception {
    try (OutputStream out = create(key, true)) {
      write(out, megabytes);
    }
  }

  /** Begins to write a file in parts, and gives up. */
  void abort(String key, int megabytes) throws Exception {
    throw new UnsupportedOperationException("abort");
  }

  /** Writes a table, overwrites it, appends to it, and counts the rows of one of its partitions. */
  long table(String folder) throws Exception {
    throw new UnsupportedOperationException("table");
  }

  static void write(OutputStream out, int megabytes) throws IOException {
    for (int written = 0; written < megabytes; written++) out.write(MEGABYTE);
  }

  /** Serves until the input ends. Whatever the platform itself prints goes to the standard error. */
  final void serve() throws IOException {
    PrintStream answers = System.out;
    System.setOut(System.err);
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      answers.println(answerTo(line.split("\t")));
    }
    // Platforms leave threads behind.
    System.exit(0);
  }

  private String answerTo(String[] words) {
    try {
      return String.join("\t", "ok", String.join("\t", operate(words)));
    } catch (Throwable error) {
      return "error\t" + messagesOf(error).replaceAll("\\s+", " ");
    }
  }

  private List<String> operate(String[] words) throws Exception {
    String key = words.length > 1 ? words[1] : "";
    switch (words[0]) {
      case "version":
        return List.of(version());
      case "put":
        return put(key, words[2], true);
      case "create":
        return put(key, words[2], false);
      case "get":
        return List.of(read(key, 0, Integer.MAX_VALUE));
      case "range":
        return List.of(read(key, Long.parseLong(words[2]), Integer.parseInt(words[3])));
      case "list":
        return sorted(list(key));
      case "tree":
        return sorted(tree(key));
      case "glob":
        return sorted(glob(key));
      case "isFolder":
        return List.of(String.valueOf(isFolder(key)));
      case "makeFolder":
        makeFolder(key);
        return List.of();
      case "rename":
        rename(key, words[2]);
        return List.of();
      case "delete":
        delete(key);
        return List.of();
      case "upload":
        upload(key, Integer.parseInt(words[2]));
        return List.of();
      case "abort":
        abort(key, Integer.parseInt(words[2]));
        return List.of();
      case "table":
        return List.of(String.valueOf(table(key)));
      default:
        throw new IllegalArgumentException(words[0]);
    }
  }

  private List<String> put(String key, String body, boolean overwrite) throws Exception {
    try (OutputStream out = create(key, overwrite)) {
      out.write(body.getBytes(StandardCharsets.UTF_8));
    }
    return List.of();
  }

  private String read(String key, long from, int length) throws Exception {
    try (InputStream in = open(key, from)) {
      return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }
  }

  private static List<String> sorted(List<String> keys) {
    List<String> copy = new ArrayList<>(keys);
    Collections.sort(copy);
    return copy;
  }

  /** The refusal by S3 may stand in a cause of the platform's own error. */
  static String messagesOf(Throwable error) {
    StringBuilder messages = new StringBuilder();
    for (Throwable each = error; each != null && messages.length() < 4000; each = each.getCause())
      messages.append(each).append("; ");
    return messages.toString();
  }
}
