import java.io.FileReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.util.VersionInfo;

/** Hadoop's S3A, with the settings of a properties file. */
class HadoopFiles extends Files {
  private final Path root;
  private final FileSystem files;

  HadoopFiles(String bucket, Configuration settings) throws IOException {
    root = new Path("s3a://" + bucket + "/");
    files = root.getFileSystem(settings);
  }

  public static void main(String[] arguments) throws Exception {
    Configuration settings = new Configuration();
    properties(arguments[1]).forEach((name, value) -> settings.set((String) name, (String) value));
    new HadoopFiles(arguments[0], settings).serve();
  }

  static Properties properties(String file) throws IOException {
    Properties properties = new Properties();
    try (FileReader reader = new FileReader(file)) {
      properties.load(reader);
    }
    return properties;
  }

  @Override
  String version() {
    return VersionInfo.getVersion();
  }

  @Override
  OutputStream create(String key, boolean overwrite) throws IOException {
    return files.create(at(key), overwrite);
  }

  @Override
  InputStream open(String key, long from) throws IOException {
    FSDataInputStream in = files.open(at(key));
    in.seek(from);
    return in;
  }

  @Override
  boolean isFolder(String key) throws IOException {
    return files.getFileStatus(at(key)).isDirectory();
  }

  @Override
  void makeFolder(String folder) throws IOException {
    if (!files.mkdirs(at(folder))) throw new IOException("mkdirs: false");
  }

  @Override
  List<String> list(String folder) throws IOException {
    return keysOf(files.listStatus(at(folder)));
  }

  @Override
  List<String> tree(String folder) throws IOException {
    List<String> keys = new ArrayList<>();
    RemoteIterator<LocatedFileStatus> found = files.listFiles(at(folder), true);
    while (found.hasNext()) keys.add(keyOf(found.next()));
    return keys;
  }

  @Override
  List<String> glob(String pattern) throws IOException {
    return keysOf(files.globStatus(at(pattern)));
  }

  @Override
  void rename(String from, String to) throws IOException {
    if (!files.rename(at(from), at(to))) throw new IOException("rename: false");
  }

  @Override
  void delete(String key) throws IOException {
    if (!files.delete(at(key), true)) throw new IOException("delete: false");
  }

  @Override
  void abort(String key, int megabytes) throws IOException {
    FSDataOutputStream out = files.create(at(key), true);
    write(out, megabytes);
    out.abort();
  }

  final Path at(String key) {
    return new Path(root, key);
  }

  private static List<String> keysOf(FileStatus[] found) {
    List<String> keys = new ArrayList<>();
    for (FileStatus each : found) keys.add(keyOf(each));
    return keys;
  }

  private static String keyOf(FileStatus found) {
    return found.getPath().toUri().getPath().substring(1) + (found.isDirectory() ? "/" : "");
  }
}
