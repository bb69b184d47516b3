import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.IcebergBuild;
import org.apache.iceberg.aws.s3.S3FileIO;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.SeekableInputStream;

/** Iceberg's `S3FileIO`, with the properties that stand on the command line as `name=value`. */
final class IcebergFiles extends Files {
  private final String root;
  private final S3FileIO files = new S3FileIO();

  private IcebergFiles(String bucket, Map<String, String> properties) {
    root = "s3://" + bucket + "/";
    files.initialize(properties);
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, String> properties = new HashMap<>();
    for (int at = 1; at < arguments.length; at++) {
      String[] property = arguments[at].split("=", 2);
      properties.put(property[0], property[1]);
    }
    new IcebergFiles(arguments[0], properties).serve();
  }

  @Override
  String version() {
    return IcebergBuild.version();
  }

  @Override
  OutputStream create(String key, boolean overwrite) {
    OutputFile file = files.newOutputFile(root + key);
    return overwrite ? file.createOrOverwrite() : file.create();
  }

  @Override
  InputStream open(String key, long from) throws Exception {
    SeekableInputStream in = files.newInputFile(root + key).newStream();
    in.seek(from);
    return in;
  }

  /** It knows no folders: everything under a prefix. */
  @Override
  List<String> list(String folder) {
    List<String> keys = new ArrayList<>();
    for (FileInfo each : files.listPrefix(root + folder)) keys.add(each.location().substring(root.length()));
    return keys;
  }

  @Override
  void delete(String key) {
    if (key.endsWith("/")) files.deletePrefix(root + key);
    else files.deleteFile(root + key);
  }
}
