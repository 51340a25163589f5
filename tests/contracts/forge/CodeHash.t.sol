// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditRegistry} from "../../../contracts/interfaces/IAuditRegistry.sol";
import {RegistryTest, Signed} from "./RegistryTest.sol";

/// @notice One runtime code on every chain, and nothing signed for one chain holds on another.
contract CodeHashTest is RegistryTest {
    uint256 private constant KEY = 0xC0DE;

    function test_oneCodeHash() public {
        bytes32 expected =
            vm.parseJsonBytes32(vm.readFile("service/chain/artifacts/AuditRegistry.json"), ".runtime_code_hash");
        for (uint256 i = 0; i < 4; i++) {
            vm.chainId(i < 2 ? 1 : 424_242);
            vm.warp(START + i);
            vm.prank(address(uint160(0xDE + i)));
            assertEq(address(deployRegistry()).codehash, expected);
        }
    }

    /// @dev A chain that splits in two keeps the registry's address: the chain id is read each time.
    function test_aSplitChainRefusesTheOtherSidesSignatures() public {
        vm.warp(START);
        vm.chainId(1);
        IAuditRegistry registry = deployRegistry();
        bytes32 log = registry.openLog("split", vm.addr(KEY), 0, uint32(MAX_DELAY), DEPOSIT);
        IAuditRegistry.Checkpoint memory c = checkpoint(log, 1, keccak256("root"), uint64(START), 0);
        Signed memory here = signFor(address(registry), 1, KEY, c);
        Signed memory there = signFor(address(registry), 10_001, KEY, c);
        bytes32[] memory none = new bytes32[](0);
        vm.chainId(10_001);
        vm.expectRevert();
        registry.anchor(c, here.signature, 0, none);
        registry.anchor(c, there.signature, 0, none);
    }
}
