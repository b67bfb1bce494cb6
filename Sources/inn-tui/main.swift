import INNKit
print("inn-tui")
