import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.util.VersionInfo;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The program's side of line-program.ts: one operation a line, one answer a line. */
final class Lines {
  private final S3Client s3 = S3Client.builder().forcePathStyle(true).build();
  private final String bucket;

  private Lines(String bucket) {
    this.bucket = bucket;
  }

  public static void main(String[] arguments) throws Exception {
    Lines lines = new Lines(arguments[0]);
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      System.out.println(lines.answerTo(line.split("\t")));
    }
  }

  private String answerTo(String[] parts) {
    try {
      return String.join("\t", "ok", String.join("\t", operate(parts)));
    } catch (RuntimeException error) {
      return "error\t" + String.valueOf(error.getMessage()).replaceAll("\\s+", " ");
    }
  }

  private List<String> operate(String[] parts) {
    switch (parts[0]) {
      case "version":
        return List.of(VersionInfo.SDK_VERSION);
      case "put":
        s3.putObject(to -> to.bucket(bucket).key(parts[1]), RequestBody.fromString(parts[2]));
        return List.of();
      case "get":
        return List.of(s3.getObjectAsBytes(from -> from.bucket(bucket).key(parts[1])).asUtf8String());
      case "list":
        return s3.listObjectsV2(of -> of.bucket(bucket).prefix(parts[1])).contents().stream()
            .map(S3Object::key)
            .toList();
      default:
        throw new IllegalArgumentException(parts[0]);
    }
  }
}
