import java.io.FileNotFoundException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.fluss.client.Connection;
import org.apache.fluss.client.ConnectionFactory;
import org.apache.fluss.client.FlussConnection;
import org.apache.fluss.client.admin.Admin;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.client.table.scanner.log.LogScanner;
import org.apache.fluss.client.table.writer.AppendWriter;
import org.apache.fluss.config.ConfigOptions;
import org.apache.fluss.config.Configuration;
import org.apache.fluss.fs.FileSystem;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableDescriptor;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.row.BinaryString;
import org.apache.fluss.row.GenericRow;
import org.apache.fluss.types.DataTypes;

/** A client of Fluss as it comes: a server of Fluss gives it the tokens for its file system, and it renews them by itself. */
final class FlussClientFiles extends FlussFiles {
  private static final int ROWS = 400;
  private static final int MOST_LOOKS = 200;
  private final Connection connection;

  private FlussClientFiles(String bucket, Connection connection) throws Exception {
    super(bucket);
    this.connection = connection;
  }

  public static void main(String[] arguments) throws Exception {
    Configuration settings = new Configuration();
    settings.setString("bootstrap.servers", arguments[1]);
    FileSystem.initialize(settings, null);
    Connection connection = ConnectionFactory.createConnection(settings);
    // What a scan of remote segments does first: it starts the renewal of tokens.
    ((FlussConnection) connection).getOrCreateRemoteFileDownloader();
    new FlussClientFiles(arguments[0], connection).serve();
  }

  /** Writes a log table whose older segments the server moves to S3, waits for that, and reads all rows from the beginning. */
  @Override
  long table(String folder) throws Exception {
    TablePath path = TablePath.of("fluss", "rows");
    Schema schema =
        Schema.newBuilder().column("id", DataTypes.INT()).column("text", DataTypes.STRING()).build();
    TableDescriptor descriptor =
        TableDescriptor.builder()
            .schema(schema)
            .distributedBy(1)
            .property(ConfigOptions.TABLE_TIERED_LOG_LOCAL_SEGMENTS, 1)
            .build();
    try (Admin admin = connection.getAdmin()) {
      admin.createTable(path, descriptor, false).get();
    }
    try (Table table = connection.getTable(path)) {
      write(table);
      for (int looks = 0; segments(folder) < 2; looks++) {
        if (looks == MOST_LOOKS) throw new IllegalStateException("No segments in S3.");
        Thread.sleep(500);
      }
      return read(table);
    }
  }

  private long segments(String folder) throws Exception {
    try {
      return tree(folder).stream().filter(key -> key.endsWith(".log")).count();
    } catch (FileNotFoundException none) {
      return 0;
    }
  }

  private static void write(Table table) throws Exception {
    AppendWriter writer = table.newAppend().createWriter();
    // What packs well would not fill a segment.
    Random random = new Random(1);
    byte[] bytes = new byte[10_000];
    List<CompletableFuture<?>> written = new ArrayList<>();
    for (int id = 0; id < ROWS; id++) {
      random.nextBytes(bytes);
      String text = Base64.getEncoder().encodeToString(bytes);
      written.add(writer.append(GenericRow.of(id, BinaryString.fromString(text))));
      // A batch is never parted, so that one of all rows would be one segment.
      if (id % 20 == 19) writer.flush();
    }
    for (CompletableFuture<?> each : written) each.get();
  }

  private static long read(Table table) throws Exception {
    long rows = 0;
    try (LogScanner scanner = table.newScan().createLogScanner()) {
      scanner.subscribeFromBeginning(0);
      for (int looks = 0; rows < ROWS && looks < MOST_LOOKS; looks++)
        rows += scanner.poll(Duration.ofSeconds(1)).count();
    }
    return rows;
  }
}
