import java.io.File;
import java.net.InetSocketAddress;
import org.apache.fluss.config.ConfigOptions;
import org.apache.fluss.config.Configuration;
import org.apache.fluss.config.GlobalConfiguration;
import org.apache.fluss.server.coordinator.CoordinatorServer;
import org.apache.fluss.server.tablet.TabletServer;
import org.apache.fluss.shaded.zookeeper3.org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.fluss.shaded.zookeeper3.org.apache.zookeeper.server.ZooKeeperServer;

/**
 * A whole Fluss in one process, with the `server.yaml` of a folder: ZooKeeper, a coordinator and a tablet server. Its files are
 * those of the servers' own file system.
 */
final class FlussServerFiles extends FlussFiles {
  private FlussServerFiles(String bucket) throws Exception {
    super(bucket);
  }

  public static void main(String[] arguments) throws Exception {
    try {
      startServers(arguments[1]);
    } catch (Throwable error) {
      // What has started would keep the process alive.
      System.err.println(messagesOf(error));
      System.exit(1);
    }
    new FlussServerFiles(arguments[0]).serve();
  }

  private static void startServers(String folder) throws Exception {
    Configuration settings = GlobalConfiguration.loadConfiguration(folder, null);
    startZooKeeper(new File(folder, "zookeeper"), settings.get(ConfigOptions.ZOOKEEPER_ADDRESS));
    Configuration coordinator = new Configuration(settings);
    coordinator.setString(ConfigOptions.BIND_LISTENERS, "FLUSS://127.0.0.1:0");
    new CoordinatorServer(coordinator).start();
    new TabletServer(settings).start();
  }

  private static void startZooKeeper(File folder, String address) throws Exception {
    String[] hostAndPort = address.split(":");
    ZooKeeperServer server = new ZooKeeperServer(folder, folder, 2000);
    NIOServerCnxnFactory factory = new NIOServerCnxnFactory();
    factory.configure(new InetSocketAddress(hostAndPort[0], Integer.parseInt(hostAndPort[1])), 100);
    factory.startup(server);
  }
}
