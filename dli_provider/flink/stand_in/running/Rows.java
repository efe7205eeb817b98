package dli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.connector.sink.DynamicTableSink.SinkRuntimeProvider;
import org.apache.flink.table.connector.sink.SinkV2Provider;
import org.apache.flink.table.connector.source.LookupTableSource.LookupRuntimeProvider;
import org.apache.flink.table.connector.source.lookup.LookupFunctionProvider;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.functions.LookupFunction;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/** Rows that are made up: values differ from row to row, and repeat: few enough to meet each other in joins and groups. */
public final class Rows {
    private Rows() {}

    static Source<RowData, ?, ?> source(RowType row, TypeInformation<RowData> type, double rate) {
        GeneratorFunction<Long, RowData> made = number -> row(row, number);
        return new DataGeneratorSource<>(made, Long.MAX_VALUE, RateLimiterStrategy.perSecond(rate), type);
    }

    static LookupRuntimeProvider lookup(RowType row, int[][] keys) {
        return LookupFunctionProvider.of(new Lookup(row, keys));
    }

    static SinkRuntimeProvider sink() {
        return SinkV2Provider.of(new DiscardingSink<>());
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
