"""Makes the files that other programs write. Needs openpyxl, pandas, pyarrow and LibreOffice; the tests do not run it."""

import csv
import datetime
import decimal
import subprocess
from pathlib import Path

import openpyxl
import pandas
import pyarrow
import pyarrow.parquet

folder = Path(__file__).parent
columns = ["Name", "Größe", "Text", "Datum", "Aktiv", "Doppelt"]
rows = [
    ["Müller; Söhne", 1.5, "=1+1 ist zwei", datetime.date(2026, 3, 2), True],
    ["Straße", 2, "– Gedanken\nin zwei Zeilen", datetime.datetime(2026, 3, 2, 9, 15), False],
    ["Größe", None, 'sagt "ja"', None, None],
    ["Größe", None, 'sagt "ja"', None, None],
]


def workbook() -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.active.title = "Deckblatt"
    book.active["A1"] = "Nur ein Titel"
    sheet = book.create_sheet("Kunden")
    sheet.append(columns[:5])
    for row in rows:
        sheet.append(row)
    sheet["C2"].data_type = "s"
    return book


workbook().save(folder / "openpyxl.xlsx")

book = workbook()
sheet = book["Kunden"]
sheet["F1"] = "Doppelt"
for number in range(2, 6):
    sheet[f"F{number}"] = f"=B{number}*2"
book.active = 1
book.save(folder / "uncomputed.xlsx")
subprocess.run(
    ["soffice", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", folder / "made", folder / "uncomputed.xlsx"],
    check=True,
)
(folder / "made" / "uncomputed.xlsx").rename(folder / "libreoffice.xlsx")
(folder / "made").rmdir()

# As Excel saves "CSV (semicolon delimited)" on a German Windows.
with open(folder / "excel-de.csv", "w", encoding="cp1252", newline="") as file:
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns[:4])
    for name, size, text, day, _ in rows:
        writer.writerow([name, "" if size is None else str(size).replace(".", ","), text, "" if day is None else day.strftime("%d.%m.%Y")])

frame = pandas.DataFrame(
    {
        "id": [1, 2, 2**53 + 1],
        "price": [decimal.Decimal("1.10"), decimal.Decimal("-0.30"), None],
        "when": pandas.to_datetime(["2026-03-02T09:15:00", "2026-03-02T09:15:00.250", None], format="ISO8601"),
        "utc": pandas.to_datetime(["2026-03-02T09:15:00Z", None, "2026-03-02T09:15:00Z"]),
        "day": [datetime.date(2026, 3, 2), None, datetime.date(1969, 12, 31)],
        "clock": [datetime.time(9, 15), None, datetime.time(23, 59, 59, 5000)],
        "small": pandas.array([0.1, 2.5, None], dtype="float32"),
        "large": [0.1, float("nan"), 1e300],
        "yes": [True, None, False],
        "tags": [["a", "b"], [], None],
        "place": [{"city": "Köln", "zip": 50667}, None, {"city": "Rome", "zip": None}],
        "US Gross": ["x", "", None],
    }
)
table = pyarrow.Table.from_pandas(frame, preserve_index=False)
pyarrow.parquet.write_table(table, folder / "pyarrow.parquet", compression="zstd", row_group_size=2)
