import java.io.IOException;
import java.util.Properties;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** Spark in local mode, with the settings of `spark-defaults.conf`, and the S3A that it brings along. */
final class SparkFiles extends HadoopFiles {
  private final SparkSession spark;

  private SparkFiles(String bucket, SparkSession spark) throws IOException {
    super(bucket, spark.sparkContext().hadoopConfiguration());
    this.spark = spark;
  }

  public static void main(String[] arguments) throws Exception {
    SparkSession.Builder builder = SparkSession.builder().master("local[1]").appName("keyvend");
    Properties settings = properties(arguments[1]);
    settings.forEach((name, value) -> builder.config((String) name, (String) value));
    new SparkFiles(arguments[0], builder.getOrCreate()).serve();
  }

  @Override
  String version() {
    return spark.version();
  }

  @Override
  long table(String folder) {
    String place = at(folder).toString();
    Dataset<Row> rows = spark.range(100).withColumn("part", functions.expr("id % 2"));
    rows.write().partitionBy("part").parquet(place);
    rows.write().mode(SaveMode.Overwrite).partitionBy("part").parquet(place);
    rows.write().mode(SaveMode.Append).partitionBy("part").parquet(place);
    return spark.read().parquet(place).where("part = 1").count();
  }
}
