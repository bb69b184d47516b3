import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.avro.Avro;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.avro.DataWriter;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileAppender;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.SeekableInputStream;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.apache.iceberg.rest.RESTCatalog;
import org.apache.iceberg.types.Types;

/**
 * A table of a REST catalog, which this program makes, and the files that the catalog's credentials for the table reach. The
 * catalog's properties stand on the command line as `name=value`; the program has no others.
 */
class CatalogFiles extends Files {
  private static final int ROWS = 100;
  private static final Schema SCHEMA =
      new Schema(
          Types.NestedField.required(1, "id", Types.IntegerType.get()),
          Types.NestedField.optional(2, "text", Types.StringType.get()));

  private final String root;
  private final Table table;

  CatalogFiles(String bucket, Table table) {
    this.root = "s3://" + bucket + "/";
    this.table = table;
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, String> properties = new HashMap<>();
    for (int at = 1; at < arguments.length; at++) {
      String[] property = arguments[at].split("=", 2);
      properties.put(property[0], property[1]);
    }
    RESTCatalog catalog = new RESTCatalog();
    catalog.initialize("catalog", properties);
    new CatalogFiles(arguments[0], tableOf(catalog, properties.getOrDefault("table", "t1"))).serve();
  }

  /** Makes the table, and gives it as a reader has it, and not as it was answered to its maker. */
  static <Tables extends Catalog & SupportsNamespaces> Table tableOf(Tables catalog, String table) {
    Namespace namespace = Namespace.of("db");
    TableIdentifier name = TableIdentifier.of(namespace, table);
    if (!catalog.namespaceExists(namespace)) catalog.createNamespace(namespace);
    if (!catalog.tableExists(name)) catalog.createTable(name, SCHEMA, PartitionSpec.unpartitioned());
    return catalog.loadTable(name);
  }

  @Override
  String version() {
    return org.apache.iceberg.IcebergBuild.version();
  }

  /** Appends rows twice, and counts what a reader of the table finds. */
  @Override
  long table(String folder) throws Exception {
    append();
    append();
    table.refresh();
    long rows = 0;
    try (CloseableIterable<Record> found = IcebergGenerics.read(table).build()) {
      for (Record each : found) rows += each.getField("text") == null ? 0 : 1;
    }
    return rows;
  }

  private void append() throws Exception {
    OutputFile file =
        table.io().newOutputFile(table.locationProvider().newDataLocation(System.nanoTime() + ".avro"));
    FileAppender<Record> rows =
        Avro.write(file).schema(SCHEMA).createWriterFunc(DataWriter::create).build();
    try (rows) {
      for (int id = 0; id < ROWS; id++) rows.add(GenericRecord.create(SCHEMA).copy(Map.of("id", id, "text", "x" + id)));
    }
    DataFile data =
        DataFiles.builder(table.spec())
            .withPath(file.location())
            .withFormat("avro")
            .withFileSizeInBytes(rows.length())
            .withRecordCount(ROWS)
            .build();
    table.newAppend().appendFile(data).commit();
  }

  @Override
  OutputStream create(String key, boolean overwrite) {
    OutputFile file = files().newOutputFile(root + key);
    return overwrite ? file.createOrOverwrite() : file.create();
  }

  @Override
  InputStream open(String key, long from) throws Exception {
    SeekableInputStream in = files().newInputFile(root + key).newStream();
    in.seek(from);
    return in;
  }

  /** Without a folder: what is in the table's own. */
  @Override
  List<String> list(String folder) {
    String place = folder.isEmpty() ? table.location() + "/" : root + folder;
    List<String> keys = new ArrayList<>();
    for (FileInfo each : ((SupportsPrefixOperations) files()).listPrefix(place))
      keys.add(each.location().substring(root.length()));
    return keys;
  }

  @Override
  void delete(String key) {
    files().deleteFile(root + key);
  }

  private FileIO files() {
    return table.io();
  }
}
