package dli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.SinkV2Provider;
import org.apache.flink.table.connector.sink.abilities.SupportsOverwrite;
import org.apache.flink.table.connector.sink.abilities.SupportsPartitioning;
import org.apache.flink.table.connector.sink.abilities.SupportsWritingMetadata;
import org.apache.flink.table.connector.source.DataStreamScanProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.LookupTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.abilities.SupportsReadingMetadata;
import org.apache.flink.table.connector.source.abilities.SupportsWatermarkPushDown;
import org.apache.flink.table.connector.source.lookup.LookupFunctionProvider;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.functions.LookupFunction;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;

/**
 * A table without a system behind it: it has the declared schema and the kind of changes that the real connector has,
 * makes up its rows, answers look-ups with a made-up row, and throws away what is written. Options are not looked at,
 * save its own: `stand-in.for` (the real connector) and `stand-in.rows-per-second`.
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
                    GeneratorFunction<Long, RowData> made = number -> Rows.row(row, number);
                    return env.fromSource(
                            new DataGeneratorSource<>(made, Long.MAX_VALUE, RateLimiterStrategy.perSecond(rate), type),
                            strategy,
                            name);
                }

                @Override
                public boolean isBounded() {
                    return false;
                }
            };
        }

        @Override
        public LookupRuntimeProvider getLookupRuntimeProvider(LookupContext context) {
            return LookupFunctionProvider.of(new Lookup((RowType) physical.getLogicalType(), context.getKeys()));
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
            return SinkV2Provider.of(new DiscardingSink<>());
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

    /** One made-up row for each key: always the same one. */
    public static final class Lookup extends LookupFunction {
        private final RowType row;
        private final int[] keys;

        Lookup(RowType row, int[][] keys) {
            this.row = row;
            this.keys = Arrays.stream(keys).mapToInt(path -> path[0]).toArray();
        }

        @Override
        public Collection<RowData> lookup(RowData key) {
            GenericRowData found = Rows.row(row, Math.abs((long) key.hashCode()));
            for (int i = 0; i < keys.length; i++) {
                found.setField(keys[i], ((GenericRowData) key).getField(i));
            }
            List<RowData> rows = new ArrayList<>();
            rows.add(found);
            return rows;
        }
    }

    /** Values that differ from row to row, and repeat: few enough to meet each other in joins and groups. */
    public static final class Rows {
        private Rows() {}

        static GenericRowData row(RowType type, long number) {
            GenericRowData row = new GenericRowData(type.getFieldCount());
            for (int i = 0; i < type.getFieldCount(); i++) {
                row.setField(i, value(type.getTypeAt(i), number * 31 + i * 7L + number / 10));
            }
            return row;
        }

        private static Object value(LogicalType type, long seed) {
            long small = Math.floorMod(seed, 10L);
            switch (type.getTypeRoot()) {
                case BOOLEAN:
                    return small % 2 == 0;
                case TINYINT:
                    return (byte) small;
                case SMALLINT:
                    return (short) small;
                case INTEGER:
                    return (int) small;
                case DATE:
                    return (int) (System.currentTimeMillis() / 86_400_000L);
                case TIME_WITHOUT_TIME_ZONE:
                    return (int) (System.currentTimeMillis() % 86_400_000L);
                case BIGINT:
                    return small;
                case FLOAT:
                    return (float) small;
                case DOUBLE:
                    return (double) small;
                case DECIMAL:
                    DecimalType decimal = (DecimalType) type;
                    return DecimalData.fromUnscaledLong(small, decimal.getPrecision(), decimal.getScale());
                case CHAR:
                case VARCHAR:
                    return StringData.fromString(String.valueOf(small));
                case BINARY:
                case VARBINARY:
                    return new byte[] {(byte) small};
                case TIMESTAMP_WITHOUT_TIME_ZONE:
                case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                    return TimestampData.fromEpochMillis(System.currentTimeMillis());
                case ARRAY:
                    return new GenericArrayData(new Object[0]);
                case MAP:
                    return new GenericMapData(new LinkedHashMap<>());
                case ROW:
                    return row((RowType) type, seed);
                default:
                    return null;
            }
        }
    }
}
