package dli;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.abilities.SupportsOverwrite;
import org.apache.flink.table.connector.sink.abilities.SupportsPartitioning;
import org.apache.flink.table.connector.sink.abilities.SupportsWritingMetadata;
import org.apache.flink.table.connector.source.DataStreamScanProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.LookupTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.abilities.SupportsReadingMetadata;
import org.apache.flink.table.connector.source.abilities.SupportsWatermarkPushDown;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;

/**
 * A table without a system behind it: it has the declared schema and the kind of changes that the real connector has,
 * makes up its rows, answers look-ups with a made-up row, and throws away what is written. Options are not looked at,
 * save its own: `stand-in.for` (the real connector) and `stand-in.rows-per-second`. What its rows are is in `Rows`, of
 * which there are two: one that runs, and one that is only planned, which any version of Flink can compile.
 */
public final class StandIn implements DynamicTableSourceFactory, DynamicTableSinkFactory {

    @Override
    public String factoryIdentifier() {
        return "stand-in";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Collections.emptySet();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Collections.emptySet();
    }

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
        return new Source(context.getCatalogTable(), context.getPhysicalRowDataType());
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
        return new Sink(context.getCatalogTable());
    }

    private static String realConnector(ResolvedCatalogTable table) {
        return table.getOptions().getOrDefault("stand-in.for", "");
    }

    private static boolean hasKey(ResolvedCatalogTable table) {
        return table.getResolvedSchema().getPrimaryKey().isPresent();
    }

    private static Map<String, DataType> metadata(ResolvedCatalogTable table) {
        Map<String, DataType> found = new LinkedHashMap<>();
        for (Column column : table.getResolvedSchema().getColumns()) {
            if (column instanceof Column.MetadataColumn) {
                Column.MetadataColumn meta = (Column.MetadataColumn) column;
                found.put(meta.getMetadataKey().orElse(meta.getName()), meta.getDataType());
            }
        }
        return found;
    }

    private static final class Source
            implements ScanTableSource, LookupTableSource, SupportsReadingMetadata, SupportsWatermarkPushDown {
        private final ResolvedCatalogTable table;
        private final DataType physical;
        private DataType produced;
        private WatermarkStrategy<RowData> watermarks = WatermarkStrategy.noWatermarks();

        Source(ResolvedCatalogTable table, DataType physical) {
            this.table = table;
            this.physical = physical;
            this.produced = physical;
        }

        @Override
        public ChangelogMode getChangelogMode() {
            String real = realConnector(table);
            if (real.equals("upsert-kafka")) {
                return ChangelogMode.upsert();
            }
            boolean changes = real.endsWith("-cdc") || table.getOptions().toString().matches(".*(debezium|canal|maxwell|ogg)-json.*");
            return changes ? ChangelogMode.all() : ChangelogMode.insertOnly();
        }

        @Override
        public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
            TypeInformation<RowData> type = context.createTypeInformation(produced);
            RowType row = (RowType) produced.getLogicalType();
            double rate = Double.parseDouble(table.getOptions().getOrDefault("stand-in.rows-per-second", "5"));
            WatermarkStrategy<RowData> strategy = watermarks;
            String name = "StandIn-" + realConnector(table);
            return new DataStreamScanProvider() {
                @Override
                public DataStream<RowData> produceDataStream(ProviderContext provider, StreamExecutionEnvironment env) {
                    return env.fromSource(Rows.source(row, type, rate), strategy, name, type);
                }

                @Override
                public boolean isBounded() {
                    return false;
                }
            };
        }

        @Override
        public LookupRuntimeProvider getLookupRuntimeProvider(LookupContext context) {
            return Rows.lookup((RowType) physical.getLogicalType(), context.getKeys());
        }

        @Override
        public Map<String, DataType> listReadableMetadata() {
            return metadata(table);
        }

        @Override
        public void applyReadableMetadata(List<String> keys, DataType type) {
            produced = type;
        }

        @Override
        public void applyWatermark(WatermarkStrategy<RowData> strategy) {
            watermarks = strategy;
        }

        @Override
        public DynamicTableSource copy() {
            Source copy = new Source(table, physical);
            copy.produced = produced;
            copy.watermarks = watermarks;
            return copy;
        }

        @Override
        public String asSummaryString() {
            return "stand-in for " + realConnector(table);
        }
    }

    private static final class Sink
            implements DynamicTableSink, SupportsWritingMetadata, SupportsPartitioning, SupportsOverwrite {
        private final ResolvedCatalogTable table;

        Sink(ResolvedCatalogTable table) {
            this.table = table;
        }

        @Override
        public ChangelogMode getChangelogMode(ChangelogMode requested) {
            String options = table.getOptions().toString();
            boolean changes = options.matches(".*(debezium|canal|maxwell|ogg)-json.*");
            if (realConnector(table).equals("kafka") && !changes) {
                return ChangelogMode.insertOnly(); // as the real one: it cannot take back what it has sent
            }
            if (!hasKey(table)) {
                return requested;
            }
            ChangelogMode.Builder upsert = ChangelogMode.newBuilder();
            for (RowKind kind : requested.getContainedKinds()) {
                if (kind != RowKind.UPDATE_BEFORE) {
                    upsert.addContainedKind(kind);
                }
            }
            return upsert.build();
        }

        @Override
        public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
            return Rows.sink();
        }

        @Override
        public Map<String, DataType> listWritableMetadata() {
            return metadata(table);
        }

        @Override
        public void applyWritableMetadata(List<String> keys, DataType type) {}

        @Override
        public void applyStaticPartition(Map<String, String> partition) {}

        @Override
        public void applyOverwrite(boolean overwrite) {}

        @Override
        public DynamicTableSink copy() {
            return new Sink(table);
        }

        @Override
        public String asSummaryString() {
            return "stand-in for " + realConnector(table);
        }
    }
}
