import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.fluss.client.token.DefaultSecurityTokenManager;
import org.apache.fluss.config.Configuration;
import org.apache.fluss.fs.FSDataInputStream;
import org.apache.fluss.fs.FileStatus;
import org.apache.fluss.fs.FileSystem;
import org.apache.fluss.fs.FsPath;
import org.apache.fluss.fs.token.ObtainedSecurityToken;
import org.apache.fluss.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.fluss.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/**
 * Fluss's S3 file system as its client uses it. Fluss's own token manager asks for tokens and renews them; where it would
 * ask a Fluss server, it asks keyvend.
 */
class FlussFiles extends Files {
  private final FsPath root;
  private final FileSystem files;

  FlussFiles(String bucket) throws IOException {
    root = new FsPath("s3://" + bucket + "/");
    files = FileSystem.get(root.toUri());
  }

  public static void main(String[] arguments) throws Exception {
    // Of a client's own settings, Fluss 0.9.1 hands none to its file system: only core-site.xml reaches that.
    FileSystem.initialize(new Configuration(), null);
    if (System.getenv("KEYVEND_URL") != null) startTokens();
    new FlussFiles(arguments[0]).serve();
  }

  private static void startTokens() throws Exception {
    String url = System.getenv("KEYVEND_URL");
    String token = System.getenv("KEYVEND_TOKEN");
    new DefaultSecurityTokenManager(new Configuration(), () -> ask(url, token)).start();
  }

  /** What a server of Fluss answers with, from its JSON form. */
  private static ObtainedSecurityToken ask(String url, String token) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url)).header("Authorization", "Bearer " + token).build();
    HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) throw new IOException(answer.body());
    JsonNode body = new ObjectMapper().readTree(answer.body());
    Map<String, String> additions = new HashMap<>();
    for (JsonNode each : body.get("addition_info")) additions.put(each.get("key").asText(), each.get("value").asText());
    return new ObtainedSecurityToken(
        body.get("schema").asText(),
        Base64.getDecoder().decode(body.get("token").asText()),
        body.has("expiration_time") ? body.get("expiration_time").asLong() : null,
        additions);
  }

  @Override
  String version() {
    return FileSystem.class.getPackage().getImplementationVersion();
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

  final FsPath at(String key) {
    return new FsPath(root, key);
  }
}
