import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.iceberg.Table;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.polaris.core.auth.PolarisPrincipal;
import org.apache.polaris.core.config.RealmConfigImpl;
import org.apache.polaris.core.config.RealmConfigurationSource;
import org.apache.polaris.core.storage.CredentialVendingContext;
import org.apache.polaris.core.storage.StorageAccessConfig;
import org.apache.polaris.core.storage.aws.AwsCredentialsStorageIntegration;
import org.apache.polaris.core.storage.aws.AwsStorageConfigurationInfo;
import org.apache.polaris.core.storage.aws.StsClientProvider.StsDestination;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.StsClientBuilder;

/**
 * An Iceberg table with what Polaris vends for it. It is Polaris's own code that asks STS, with the policy that it makes; its server
 * is not here, so that a catalog in memory has the table's name.
 */
final class PolarisFiles extends CatalogFiles {
  private PolarisFiles(String bucket, Table table) {
    super(bucket, table);
  }

  /** The bucket, the warehouse, and the settings of the catalog's storage and of Polaris as `name=value`. */
  public static void main(String[] arguments) throws Exception {
    String warehouse = arguments[1];
    Map<String, String> settings = new HashMap<>();
    for (int at = 2; at < arguments.length; at++) {
      String[] setting = arguments[at].split("=", 2);
      settings.put(setting[0], setting[1]);
    }
    String table = warehouse + "/db/t1/";
    AwsStorageConfigurationInfo storage =
        AwsStorageConfigurationInfo.builder()
            .addAllowedLocation(warehouse)
            .roleARN(settings.get("roleArn"))
            .region(settings.get("region"))
            .endpoint(settings.get("endpoint"))
            .stsEndpoint(settings.get("stsEndpoint"))
            .pathStyleAccess(true)
            .build();
    StorageAccessConfig vended =
        new AwsCredentialsStorageIntegration(storage, destination -> sts(destination, settings))
            .getSubscopedCreds(
                new RealmConfigImpl(RealmConfigurationSource.EMPTY_CONFIG, () -> "POLARIS"),
                true,
                Set.of(table),
                Set.of(table),
                PolarisPrincipal.of("root", Map.of(), Set.of()),
                Optional.empty(),
                CredentialVendingContext.empty());
    Map<String, String> properties = new HashMap<>(vended.extraProperties());
    properties.putAll(vended.credentials());
    properties.put("uri", "jdbc:h2:mem:catalog");
    properties.put("warehouse", warehouse);
    properties.put("io-impl", "org.apache.iceberg.aws.s3.S3FileIO");
    JdbcCatalog catalog = new JdbcCatalog();
    catalog.initialize("catalog", properties);
    new PolarisFiles(arguments[0], tableOf(catalog, "t1")).serve();
  }

  /** As Polaris's server makes its clients of STS. */
  private static StsClient sts(StsDestination destination, Map<String, String> settings) {
    AwsBasicCredentials key =
        AwsBasicCredentials.create(
            settings.get("polaris.storage.aws.access-key"),
            settings.get("polaris.storage.aws.secret-key"));
    StsClientBuilder builder =
        StsClient.builder()
            .httpClient(ApacheHttpClient.create())
            .credentialsProvider(StaticCredentialsProvider.create(key));
    destination.endpoint().ifPresent(builder::endpointOverride);
    destination.region().map(Region::of).ifPresent(builder::region);
    return builder.build();
  }
}
