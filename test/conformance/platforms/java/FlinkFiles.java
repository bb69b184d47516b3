import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.RecoverableFsDataOutputStream;
import org.apache.flink.core.fs.RecoverableWriter;
import org.apache.flink.core.fs.RecoverableWriter.ResumeRecoverable;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.fs.s3hadoop.S3FileSystemFactory;

/** Flink's S3 file system, with the settings of the `config.yaml` in a folder. */
final class FlinkFiles extends Files {
  private final Path root;
  private final FileSystem files;

  private FlinkFiles(String bucket) throws IOException {
    root = new Path("s3://" + bucket + "/");
    files = FileSystem.get(root.toUri());
  }

  public static void main(String[] arguments) throws Exception {
    FileSystem.initialize(GlobalConfiguration.loadConfiguration(arguments[1]), null);
    new FlinkFiles(arguments[0]).serve();
  }

  /** The version of the file system, which is a plug-in. */
  @Override
  String version() {
    String jar = S3FileSystemFactory.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    return jar.replaceAll(".*-hadoop-(.*)\\.jar", "$1");
  }

  @Override
  OutputStream create(String key, boolean overwrite) throws IOException {
    return files.create(
        at(key), overwrite ? FileSystem.WriteMode.OVERWRITE : FileSystem.WriteMode.NO_OVERWRITE);
  }

  @Override
  InputStream open(String key, long from) throws IOException {
    FSDataInputStream in = files.open(at(key));
    in.seek(from);
    return in;
  }

  @Override
  boolean isFolder(String key) throws IOException {
    return files.getFileStatus(at(key)).isDir();
  }

  @Override
  void makeFolder(String folder) throws IOException {
    if (!files.mkdirs(at(folder))) throw new IOException("mkdirs: false");
  }

  @Override
  List<String> list(String folder) throws IOException {
    List<String> keys = new ArrayList<>();
    for (FileStatus each : files.listStatus(at(folder)))
      keys.add(each.getPath().getPath().substring(1) + (each.isDir() ? "/" : ""));
    return keys;
  }

  @Override
  void rename(String from, String to) throws IOException {
    if (!files.rename(at(from), at(to))) throw new IOException("rename: false");
  }

  @Override
  void delete(String key) throws IOException {
    if (!files.delete(at(key), true)) throw new IOException("delete: false");
  }

  /** By a RecoverableWriter that stops half way, is recovered from its own serialized state, and commits. */
  @Override
  void upload(String key, int megabytes) throws Exception {
    RecoverableWriter writer = files.createRecoverableWriter();
    RecoverableFsDataOutputStream first = writer.open(at(key));
    write(first, megabytes / 2);
    SimpleVersionedSerializer<ResumeRecoverable> serializer = writer.getResumeRecoverableSerializer();
    byte[] state = serializer.serialize(first.persist());
    RecoverableFsDataOutputStream second = writer.recover(serializer.deserialize(serializer.getVersion(), state));
    write(second, megabytes - megabytes / 2);
    second.closeForCommit().commit();
  }

  private Path at(String key) {
    return new Path(root, key);
  }
}
