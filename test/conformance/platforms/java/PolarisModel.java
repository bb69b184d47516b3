// What Polaris's settings name of the model of its management API, whose JAR a registry may not have: two enumerations.
package org.apache.polaris.core.admin.model;

final class StorageConfigInfo {
  public enum StorageTypeEnum {
    S3,
    GCS,
    AZURE,
    FILE
  }
}

final class AuthenticationParameters {
  public enum AuthenticationTypeEnum {
    OAUTH,
    BEARER,
    SIGV4
  }
}
